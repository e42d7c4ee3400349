"""What became of a run: its tickers in numbers, and why something failed."""

from rich.console import Console

from include.airflow_client.runs import AirflowRuns, Run
from include.commands.output.run_progress import FAILED
from include.gold.outcome import NO_CHECK_FAILED, NOTHING_WAS_PUBLISHED
from include.observability.checks import count_checks_of, say_checks
from include.observability.runs import TICKER_COUNTS, read_counts, read_error
from include.observability.ticker_ledger import TickerStatus, read_next_full_pass, read_tickers
from include.terminal import as_text
from include.warehouse.connection import connect

GOLD = "gold_star_schema"
SHOWN_BY_NAME = 20


def print_title(airflow: AirflowRuns, console: Console, shown: Run) -> None:
    """Print the DAG and the page of its run."""
    console.print(f"[bold]{shown.dag_id}[/]  {as_text(airflow.page(shown))}")


def print_counts(console: Console, followed: Run, *, went_well: bool) -> None:
    """Print the tickers of a run in numbers, and each that was refused or quarantined."""
    with connect() as connection:
        counts = read_counts(connection, followed.batch)
        shown = (TickerStatus.REFUSED, TickerStatus.QUARANTINED)
        named = read_tickers(connection, followed.batch, *shown, limit=SHOWN_BY_NAME)
        full_pass_at = read_next_full_pass(connection, followed.batch)
    if counts:
        tickers = {name.removeprefix("tickers_"): counts[name] for name in TICKER_COUNTS}
        console.print("  tickers: " + ", ".join(f"{count} {name}" for name, count in tickers.items()))
        if went_well and not any(tickers.values()) and not named:
            console.print("  nothing can have changed since the last look; `make run FORCE=1` asks all the same")
    for symbol, reason in named:
        console.print(f"  [yellow]–[/] {as_text(symbol)}: {as_text(reason)}")
    if full_pass_at:
        console.print(f"  a full pass at this budget is done by {full_pass_at:%Y-%m-%d %H:%M} UTC")


def print_checks(console: Console, publication: Run) -> None:
    """Print the checks of a publication in numbers, as the page Pipeline does; nothing where none ran."""
    with connect() as connection:
        counts = count_checks_of(connection, publication.batch)
    if counts:
        console.print(f"  {say_checks(counts)}")


def print_failures(airflow: AirflowRuns, console: Console, failed: Run) -> None:
    """Print the reasons from the ledger; the tasks that failed where it has none."""
    with connect() as connection:
        words = [
            f"{symbol}: {reason}" for symbol, reason in read_tickers(connection, failed.batch, TickerStatus.FAILED)
        ]
        error = None if words else read_error(connection, failed.batch)
    words += [error] if error else []
    for text in words:
        console.print(f"  [red]✗[/] {as_text(text)}")
    if not words:
        names = sorted({task["task_id"] for task in airflow.tasks(failed) if task["state"] == FAILED})
        console.print(
            f"  [red]✗[/] failed tasks: {as_text(', '.join(names))}; their logs: {as_text(airflow.page(failed))}"
        )
    if error and error.startswith(NOTHING_WAS_PUBLISHED):
        rows = "" if NO_CHECK_FAILED in error else " Rows that failed are in schema audit."
        console.print(f"  Nothing was published: readers still see what they saw before.{rows}")
