"""What became of a run: its tickers in numbers, and why something failed."""

from rich.console import Console

from include.airflow_client.runs import AirflowRuns, Run
from include.commands.output.run_progress import FAILED
from include.gold.cosmos_callbacks import NOTHING_WAS_PUBLISHED
from include.observability.runs import read_full_pass
from include.terminal import as_text
from include.warehouse.connection import connect

GOLD = "gold_star_schema"
SHOWN_BY_NAME = 20


def print_title(airflow: AirflowRuns, console: Console, shown: Run) -> None:
    """Print the DAG and the page of its run."""
    console.print(f"[bold]{shown.dag_id}[/]  {as_text(airflow.page(shown))}")


def print_counts(console: Console, followed: Run) -> None:
    """Print the tickers of a run in numbers, and each that was refused or quarantined."""
    with connect() as connection:
        counts = connection.execute(
            """
            select tickers_planned, tickers_fetched, tickers_unchanged, tickers_deferred, tickers_failed
            from ops.pipeline_runs where execution_batch_id = %s
            """,
            (followed.batch,),
        ).fetchone()
        named = connection.execute(
            """
            select symbol, reason from ops.ticker_runs
            where execution_batch_id = %s and status in ('refused', 'quarantined') order by symbol limit %s
            """,
            (followed.batch, SHOWN_BY_NAME),
        ).fetchall()
        full_pass_at = read_full_pass(connection, followed.batch)
    names = ("planned", "fetched", "unchanged", "deferred", "failed")
    if counts:
        console.print("  tickers: " + ", ".join(f"{count} {name}" for count, name in zip(counts, names, strict=True)))
        if not any(counts) and not named:
            console.print("  nothing can have changed since the last look; `make run FORCE=1` asks all the same")
    for symbol, reason in named:
        console.print(f"  [yellow]–[/] {as_text(symbol)}: {as_text(reason or '')}")
    if full_pass_at:
        console.print(f"  a full pass at this budget is done by {full_pass_at:%Y-%m-%d %H:%M} UTC")


def print_failures(airflow: AirflowRuns, console: Console, failed: Run) -> None:
    """Print the reasons from the ledger; the tasks that failed where it has none."""
    with connect() as connection:
        words = connection.execute(
            """
            select symbol || ': ' || coalesce(reason, 'no reason was given') from ops.ticker_runs
            where execution_batch_id = %(batch)s and status = 'failed'
            union all
            select error from ops.pipeline_runs
            where execution_batch_id = %(batch)s and pipeline = %(gold)s and error is not null
            """,
            {"batch": failed.batch, "gold": GOLD},
        ).fetchall()
    for (text,) in sorted(words):
        console.print(f"  [red]✗[/] {as_text(text)}")
    if not words:
        names = sorted({task["task_id"] for task in airflow.tasks(failed) if task["state"] == FAILED})
        console.print(
            f"  [red]✗[/] failed tasks: {as_text(', '.join(names))}; their logs: {as_text(airflow.page(failed))}"
        )
    if failed.dag_id == GOLD and any(text.startswith(NOTHING_WAS_PUBLISHED) for (text,) in words):
        console.print(
            "  Nothing was published: readers still see what they saw before. Rows that failed are in schema audit."
        )
