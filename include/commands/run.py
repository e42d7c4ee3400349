"""Trigger the pipeline on the running Airflow and follow it to the end, gold included: `make run` and `make up`."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from include.airflow_client.runs import AirflowRuns, Run
from include.commands.output.warehouse_summary import print_summary, read_summary
from include.errors import StackError
from include.gold.cosmos_callbacks import NOTHING_WAS_PUBLISHED
from include.local_stack.session import StackSession
from include.local_stack.stack import check_settings_unchanged
from include.observability.run_ledger import read_full_pass
from include.settings import get_settings
from include.terminal import as_text, open_console
from include.warehouse.connection import connect

PIPELINE = "weekly_adjusted_prices"
GOLD = "gold_star_schema"
POLL_SECONDS = 1.0
GOLD_IS_CREATED_WITHIN = 120  # the scheduler's next loops after the Asset event
UNFINISHED = {"queued", "running"}
FAILED = "failed"
DONE = {"success", "skipped", "removed", "upstream_failed", FAILED}
SHOWN_BY_NAME = 20
INTERRUPTED = 130


def run(*, symbols: str | None, force: bool) -> int:
    """`make run`: run the pipeline, follow it, and print what the warehouse then holds."""
    settings = get_settings()
    if settings.uses_embedded_airflow:  # a container is made anew when its settings change
        check_settings_unchanged(settings, StackSession.read(settings.stocklake_home))
    exit_status = run_pipeline(symbols, force)
    if exit_status != INTERRUPTED:
        print_summary(open_console(), read_summary(get_settings()))
    return exit_status


def run_pipeline(symbols: str | None = None, force: bool = False) -> int:
    """Run `weekly_adjusted_prices` and what it hands over to gold; show both as they go.

    Shape:  -> the exit status: 0, or 1 when a ticker or gold failed.
    Raises: StackError when Airflow does not answer or does not know its DAGs.
    """
    console = open_console()
    with AirflowRuns(get_settings()) as airflow:
        airflow.wait_for_dags((PIPELINE, GOLD))
        ahead = airflow.unfinished(PIPELINE)
        weekly = airflow.trigger(PIPELINE, {"symbols": symbols or "", "force": force})
        try:
            _print_title(airflow, console, weekly)
            if ahead:
                console.print(f"  Another run is under way ({as_text(ahead[0].run_id)}): this one is queued behind it.")
            return _follow_to_gold(airflow, console, weekly)
        except KeyboardInterrupt:
            console.print(f"\nNo longer following: the run goes on, {as_text(airflow.page(weekly))}")
            return INTERRUPTED


def run_and_publish(dag_id: str, form: dict[str, Any]) -> int:
    """Run a DAG that changes silver without asking the source, and follow it and what it hands over to gold.

    Shape:  -> the exit status: 0, or 1 when it or gold failed.
    Raises: StackError when Airflow does not answer or does not know its DAGs.
    """
    console = open_console()
    with AirflowRuns(get_settings()) as airflow:
        airflow.wait_for_dags((dag_id, GOLD))
        triggered = airflow.trigger(dag_id, form)
        try:
            _print_title(airflow, console, triggered)
            if _follow(airflow, console, triggered):
                return _follow_gold(airflow, console, triggered, went_well=True)
            _print_failures(airflow, console, triggered)
        except KeyboardInterrupt:
            console.print(f"\nNo longer following: the run goes on, {as_text(airflow.page(triggered))}")
            return INTERRUPTED
    return 1


def _follow_to_gold(airflow: AirflowRuns, console: Console, weekly: Run) -> int:
    went_well = _follow(airflow, console, weekly)
    _print_counts(console, weekly)
    if not went_well:
        _print_failures(airflow, console, weekly)
    return _follow_gold(airflow, console, weekly, went_well=went_well)


def _follow_gold(airflow: AirflowRuns, console: Console, caused_by: Run, *, went_well: bool) -> int:
    gold = _wait_for_gold(airflow, caused_by)
    if gold is None:
        console.print(f"[bold]{GOLD}[/]  nothing to publish: no row of silver changed")
        return 0 if went_well else 1
    _print_title(airflow, console, gold)
    if not _follow(airflow, console, gold):
        _print_failures(airflow, console, gold)
        return 1
    return 0 if went_well else 1


def _wait_for_gold(airflow: AirflowRuns, weekly: Run) -> Run | None:
    deadline = time.monotonic() + GOLD_IS_CREATED_WITHIN
    while events := airflow.asset_events(weekly):
        created = [made["run_id"] for event in events for made in event["created_dagruns"] if made["dag_id"] == GOLD]
        if created:
            return Run(GOLD, created[-1])
        if time.monotonic() > deadline:
            raise StackError(f"{weekly.run_id} handed over to {GOLD}, but no run of it began; is the scheduler up?")
        time.sleep(POLL_SECONDS)
    # A run ahead of this one may have done its work: then that one's publication is what the caller waits for.
    return next(iter(airflow.unfinished(GOLD)), None)


@dataclass(frozen=True)
class Stage:
    """How far the task instances of one step of a run are."""

    name: str
    done: int
    total: int
    failed: int
    seconds: float

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.name:<24} {self.done}/{self.total}{failed}  {self.seconds:.1f} s"


def _follow(airflow: AirflowRuns, console: Console, followed: Run) -> bool:
    began = time.monotonic()
    with _bars(console) if console.is_terminal else _lines(console) as show:
        while True:
            state = airflow.state(followed)
            show(_stages(airflow.tasks(followed), time.monotonic() - began))
            if state not in UNFINISHED:
                return state == "success"
            time.sleep(POLL_SECONDS)


def _stages(tasks: Iterable[dict[str, Any]], seconds: float) -> list[Stage]:
    # In the order in which they began; what has not begun comes last.
    began_first = sorted(tasks, key=lambda task: task["start_date"] or "~")
    total, done, failed = Counter[str](), Counter[str](), Counter[str]()
    for task in began_first:
        name = _stage_of(task["task_id"])
        total[name] += 1
        done[name] += task["state"] in DONE
        failed[name] += task["state"] == FAILED
    return [Stage(name, done[name], total[name], failed[name], seconds) for name in total]


def _stage_of(task_id: str) -> str:
    group, _, inside = task_id.partition(".")
    if not inside:
        return task_id
    return f"{group} checks" if inside.endswith("test") else f"{group} models"


@contextmanager
def _lines(console: Console) -> Iterator[Callable[[list[Stage]], None]]:
    printed: set[str] = set()

    def show(stages: list[Stage]) -> None:
        for stage in stages:
            if stage.done == stage.total and stage.name not in printed:
                printed.add(stage.name)
                console.print(f"  {as_text(stage)}")

    yield show


@contextmanager
def _bars(console: Console) -> Iterator[Callable[[list[Stage]], None]]:
    columns = TextColumn("  {task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        rows: dict[str, TaskID] = {}

        def show(stages: list[Stage]) -> None:
            for stage in stages:
                if stage.name not in rows:
                    rows[stage.name] = progress.add_task(stage.name)
                text = f"{stage.name}, {stage.failed} failed" if stage.failed else stage.name
                progress.update(rows[stage.name], completed=stage.done, total=stage.total, description=text)

        yield show


def _print_title(airflow: AirflowRuns, console: Console, shown: Run) -> None:
    console.print(f"[bold]{shown.dag_id}[/]  {as_text(airflow.page(shown))}")


def _print_counts(console: Console, followed: Run) -> None:
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


def _print_failures(airflow: AirflowRuns, console: Console, failed: Run) -> None:
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
