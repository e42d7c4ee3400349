"""Run the pipeline and follow it to the end, gold included. The stack must be up."""

from typing import Annotated, Any

import typer
from rich.console import Console

from include.airflow_client.runs import AirflowRuns, Run
from include.commands.output.run_progress import follow_run
from include.commands.output.run_results import GOLD, print_checks, print_counts, print_failures, print_title
from include.commands.output.warehouse_summary import print_summary
from include.local_stack.disk import check_room, full_disks
from include.local_stack.stack import check_settings_unchanged
from include.local_stack.stack_session import StackSession
from include.settings import get_settings
from include.terminal import INTERRUPTED, as_text, open_console
from include.tickers import parse_chosen_symbols

PIPELINE = "weekly_adjusted_prices"


def run(
    *,
    symbols: Annotated[str, typer.Option(help="comma separated; empty: all of STOCK_SYMBOLS")] = "",
    is_forced: Annotated[bool, typer.Option("--force", help="fetch even where nothing can have changed")] = False,
) -> int:
    """Run the pipeline, follow it, and print what the warehouse then holds."""
    chosen = parse_chosen_symbols(symbols)
    settings = get_settings()
    if settings.airflow.is_embedded:  # a container is made anew when its settings change
        check_settings_unchanged(settings, StackSession.read(settings.stack.home))
    exit_status = run_pipeline(chosen, is_forced=is_forced)
    if exit_status != INTERRUPTED:
        print_summary(open_console(), get_settings(), followed=(PIPELINE, GOLD))
    return exit_status


def run_pipeline(symbols: list[str] | None = None, *, is_forced: bool = False) -> int:
    """Run `weekly_adjusted_prices` as `run_and_publish` does."""
    return run_and_publish(PIPELINE, {"symbols": ",".join(symbols or ()), "force": is_forced})


def run_and_publish(dag_id: str, form: dict[str, Any]) -> int:
    """Run a DAG that changes silver, and what it hands over to gold; show both as they go.

    Shape:  -> the exit status: 0, or 1 when it, one of its tickers or gold failed.
    Raises: StackError when Airflow does not answer or does not know its DAGs, or a disk of the stack is full.
    """
    console = open_console()
    settings = get_settings()
    if settings.airflow.is_embedded:
        check_room(settings.stack.home)  # Airflow would take the run and never begin it
    with AirflowRuns(settings, tell=lambda words: console.print(f"  {as_text(words)}")) as airflow:
        airflow.wait_for_dags((dag_id, GOLD))
        ahead = airflow.unfinished(dag_id)
        triggered = airflow.trigger(dag_id, form)
        try:
            print_title(airflow, console, triggered)
            if ahead:
                console.print(f"  Another run is under way ({as_text(ahead[0].run_id)}): this one is queued behind it.")
            return _follow_to_gold(airflow, console, triggered)
        except KeyboardInterrupt:
            console.print(f"\nNo longer following: the run goes on, {as_text(airflow.page(triggered))}")
            return INTERRUPTED


def _follow_to_gold(airflow: AirflowRuns, console: Console, triggered: Run) -> int:
    went_well = follow_run(airflow, console, triggered, warnings=_full_disks)
    if triggered.dag_id == PIPELINE:
        print_counts(console, triggered, went_well=went_well)
    if not went_well:
        print_failures(airflow, console, triggered)
        if triggered.dag_id != PIPELINE:
            return 1
    # Where a ticker failed, the others of the pipeline are published.
    return 0 if _follow_gold(airflow, console, triggered) and went_well else 1


def _follow_gold(airflow: AirflowRuns, console: Console, caused_by: Run) -> bool:
    gold = airflow.wait_for_run_after(caused_by, GOLD)
    if gold is None:
        console.print(f"[bold]{GOLD}[/]  nothing to publish: no row of silver changed")
        return True
    print_title(airflow, console, gold)
    went_well = follow_run(airflow, console, gold, warnings=_full_disks)
    print_checks(console, gold)
    if not went_well:
        print_failures(airflow, console, gold)
    return went_well


def _full_disks() -> list[str]:
    settings = get_settings()
    return full_disks(settings.stack.home) if settings.airflow.is_embedded else []
