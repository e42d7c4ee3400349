"""Run the pipelines and follow them to the end, gold included. The stack must be up."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from include.airflow_client.runs import AirflowRuns, Run
from include.commands.output.run_progress import follow_run, follow_runs
from include.commands.output.run_results import GOLD, print_checks, print_counts, print_failures, print_title
from include.commands.output.warehouse_summary import print_summary
from include.local_stack.disk import check_room, full_disks
from include.local_stack.stack import check_settings_unchanged
from include.local_stack.stack_session import StackSession
from include.settings import get_settings
from include.silver.datasets import all_datasets
from include.sources import Cadence
from include.terminal import INTERRUPTED, as_text, open_console
from include.tickers import parse_chosen_symbols

DAILY, WEEKLY = "stock_data_pipeline", "weekly_adjusted_prices"
DAG_OF = {"daily_prices": DAILY}  # every other dataset has a DAG of its own name


def run(
    *,
    symbols: Annotated[str, typer.Option(help="comma separated; empty: all of STOCK_SYMBOLS")] = "",
    is_forced: Annotated[bool, typer.Option("--force", help="fetch even where nothing can have changed")] = False,
) -> int:
    """Run what PIPELINE names, follow it, and print what the warehouse then holds."""
    chosen = parse_chosen_symbols(symbols)
    settings = get_settings()
    if settings.airflow.is_embedded:  # a container is made anew when its settings change
        check_settings_unchanged(settings, StackSession.read(settings.stack.home))
    exit_status = run_pipelines(chosen, is_forced=is_forced)
    if exit_status != INTERRUPTED:
        print_summary(open_console(), get_settings(), followed=(*chosen_pipelines(), GOLD))
    return exit_status


def chosen_pipelines() -> tuple[str, ...]:
    """The DAGs that PIPELINE names, in the order in which their datasets spend credits."""
    cadences = {DAG_OF.get(each.table.name, each.table.name): each.function.changes_with for each in all_datasets()}
    daily = tuple(dag for dag, cadence in cadences.items() if cadence in {Cadence.ACTION, Cadence.SESSION})
    return {"weekly": (WEEKLY,), "daily": daily, "all": tuple(cadences)}[get_settings().stack.pipeline]


def run_pipelines(symbols: list[str] | None = None, *, is_forced: bool = False) -> int:
    """Run what PIPELINE names, at the same time, as `run_and_publish` does."""
    form = {"symbols": ",".join(symbols or ()), "force": is_forced}
    return run_and_publish(chosen_pipelines(), form, is_of_tickers=True)


def run_and_publish(dag_ids: Sequence[str], form: dict[str, Any], *, is_of_tickers: bool = False) -> int:
    """Run DAGs that change silver, and what they hand over to gold; show it as it goes.

    Where they are runs of tickers their counts are shown, and if a ticker failed the others are published.
    Shape:  -> the exit status: 0, or 1 when one of them, one of its tickers or gold failed.
    Raises: StackError when Airflow does not answer or does not know its DAGs, or a disk of the stack is full.
    """
    console = open_console()
    settings = get_settings()
    if settings.airflow.is_embedded:
        check_room(settings.stack.home)  # Airflow would take the run and never begin it
    with AirflowRuns(settings, tell=lambda words: console.print(f"  {as_text(words)}")) as airflow:
        airflow.wait_for_dags((*dag_ids, GOLD))
        ahead = {dag_id: airflow.unfinished(dag_id) for dag_id in dag_ids}
        triggered = [airflow.trigger(dag_id, form) for dag_id in dag_ids]
        try:
            for begun in triggered:
                _print_begun(airflow, console, begun, ahead[begun.dag_id])
            ended = _follow_to_silver(airflow, console, triggered, is_of_tickers=is_of_tickers)
            went_well = all(ended.values())
            is_published = (went_well or is_of_tickers) and _follow_to_gold(airflow, console, list(ended))
            return 0 if went_well and is_published else 1
        except KeyboardInterrupt:
            pages = ", ".join(map(airflow.page, triggered))
            goes_on = "the run goes on" if len(triggered) == 1 else "the runs go on"
            console.print(f"\nNo longer following: {goes_on}, {as_text(pages)}")
            return INTERRUPTED


def _print_begun(airflow: AirflowRuns, console: Console, begun: Run, ahead: Sequence[Run]) -> None:
    print_title(airflow, console, begun)
    if ahead:
        console.print(f"  Another run is under way ({as_text(ahead[0].run_id)}): this one is queued behind it.")


def _follow_to_silver(
    airflow: AirflowRuns, console: Console, triggered: Sequence[Run], *, is_of_tickers: bool
) -> dict[Run, bool]:
    """Follow runs to their ends; which went well, in the order in which they ended."""
    ended = follow_runs(airflow, console, triggered, warnings=_full_disks)
    for followed, went_well in ended.items():
        if len(ended) > 1:
            console.print(f"[bold]{followed.dag_id}[/]")
        if is_of_tickers:
            print_counts(console, followed, went_well=went_well)
        if not went_well:
            print_failures(airflow, console, followed)
    return ended


def _follow_to_gold(airflow: AirflowRuns, console: Console, caused_by: Sequence[Run]) -> bool:
    """Follow each publication that took up what one of the runs handed over; whether all went well."""
    followed: dict[Run, bool] = {}
    for handed_over in caused_by:
        gold = airflow.wait_for_run_after(handed_over, GOLD)
        if gold is not None and gold not in followed:
            print_title(airflow, console, gold)
            followed[gold] = follow_run(airflow, console, gold, warnings=_full_disks)
            print_checks(console, gold)
            if not followed[gold]:
                print_failures(airflow, console, gold)
    if not followed:
        console.print(f"[bold]{GOLD}[/]  nothing to publish: no row of silver changed")
    return all(followed.values())


def _full_disks() -> list[str]:
    settings = get_settings()
    return full_disks(settings.stack.home) if settings.airflow.is_embedded else []
