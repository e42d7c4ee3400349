"""How far a run of a DAG is, while it goes on."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from include.airflow_client.runs import AirflowRuns, Run
from include.local_stack.progress import show_bars
from include.terminal import as_text

POLL_SECONDS = 1.0
UNFINISHED = {"queued", "running"}
FAILED = "failed"
# What became of a task that ended, by Airflow's state, in the order in which it is said.
OUTCOMES = {
    "success": "done",
    FAILED: "failed",
    "skipped": "skipped",
    "removed": "skipped",
    "upstream_failed": "not run after a failure",
}
STAGES_OF_DBT = {"_run": "models", ".run": "models", ".test": "models checked", "_seed": "seeds"}  # by a task's ending


@dataclass(frozen=True)
class Stage:
    """How far the task instances of one step of a run are; `outcomes` counts those that ended, in words."""

    name: str
    total: int
    outcomes: Mapping[str, int]
    seconds: float

    @property
    def ended(self) -> int:
        """How many task instances have come to an end, good or bad."""
        return sum(self.outcomes.values())

    def __str__(self) -> str:
        if self.ended < self.total:
            return f"{self._counts() or '0 done'} of {self.total}"
        return next(iter(self.outcomes)) if self.total == 1 else self._counts()

    def _counts(self) -> str:
        words = dict.fromkeys(OUTCOMES.values())
        return ", ".join(f"{self.outcomes[word]} {word}" for word in words if word in self.outcomes)


def follow_run(
    airflow: AirflowRuns, console: Console, followed: Run, *, warnings: Callable[[], Iterable[str]] = tuple
) -> bool:
    """Show the stages of a run until it ends, and each warning once; whether it went well."""
    began, warned = time.monotonic(), set[str]()
    with _bars(console) if console.is_terminal else _lines(console) as show:
        while True:
            state = airflow.state(followed)
            show(stages_of(airflow.tasks(followed), time.monotonic() - began))
            warned = _warn(console, warnings, warned)
            if state not in UNFINISHED:
                return state == "success"
            time.sleep(POLL_SECONDS)


def follow_runs(
    airflow: AirflowRuns,
    console: Console,
    followed: Sequence[Run],
    *,
    warnings: Callable[[], Iterable[str]] = tuple,
) -> dict[Run, bool]:
    """Show runs that go on at the same time, each as one stage, until all have ended; one alone, stage by stage.

    Shape:  -> by run whether it went well, in the order in which they ended.
    """
    if len(followed) == 1:
        return {run: follow_run(airflow, console, run, warnings=warnings) for run in followed}
    ended: dict[Run, bool] = {}
    began, warned = time.monotonic(), set[str]()
    with _bars(console) if console.is_terminal else _lines(console) as show:
        while True:
            states = {run: airflow.state(run) for run in followed if run not in ended}
            ended |= {run: state == "success" for run, state in states.items() if state not in UNFINISHED}
            shown = [run for run in states if console.is_terminal or run in ended]
            seconds = time.monotonic() - began
            show([stage for run in shown for stage in _as_one_stage(airflow, run, seconds)])
            warned = _warn(console, warnings, warned)
            if len(ended) == len(followed):
                return ended
            time.sleep(POLL_SECONDS)


def _as_one_stage(airflow: AirflowRuns, run: Run, seconds: float) -> list[Stage]:
    return stages_of([task | {"task_id": run.dag_id} for task in airflow.tasks(run)], seconds)


def _warn(console: Console, warnings: Callable[[], Iterable[str]], told: set[str]) -> set[str]:
    """Print the warnings that were not told yet; all that were told by then."""
    now = set(warnings())
    for warning in now - told:
        console.print(f"[yellow]![/] {as_text(warning)}")
    return told | now


def stages_of(tasks: Iterable[dict[str, Any]], seconds: float) -> list[Stage]:
    """Count the task instances by stage, in the order in which they began; what has not begun comes last."""
    began_first = sorted(tasks, key=lambda task: task["start_date"] or "~")
    total, outcomes = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for task in began_first:
        name = stage_of(task["task_id"])
        total[name] += 1
        if task["state"] in OUTCOMES:
            outcomes[name][OUTCOMES[task["state"]]] += 1
    return [Stage(name, total[name], outcomes[name], seconds) for name in total]


def stage_of(task_id: str) -> str:
    """The stage of a task: its own id, and for the tasks of dbt's group its seeds, models, and models checked."""
    group, _, inside = task_id.partition(".")
    if not inside:
        return task_id
    kinds = (kind for ending, kind in STAGES_OF_DBT.items() if inside.endswith(ending))
    return f"{group} {next(kinds, 'build')}"


@contextmanager
def _lines(console: Console) -> Iterator[Callable[[list[Stage]], None]]:
    printed: set[str] = set()

    def show(stages: list[Stage]) -> None:
        for stage in stages:
            if stage.ended == stage.total and stage.name not in printed:
                printed.add(stage.name)
                console.print(f"  {as_text(f'{stage.name:<20} {stage}')}  {stage.seconds:.1f} s")

    yield show


@contextmanager
def _bars(console: Console) -> Iterator[Callable[[list[Stage]], None]]:
    with show_bars(console, "  {task.description:<20}") as show_bar:

        def show(stages: list[Stage]) -> None:
            for stage in stages:
                show_bar(stage.name, stage.ended, stage.total, str(stage))

        yield show
