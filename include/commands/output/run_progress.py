"""How far a run of a DAG is, while it goes on."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
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
DONE = {"success", "skipped", "removed", "upstream_failed", FAILED}


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


def follow_run(
    airflow: AirflowRuns, console: Console, followed: Run, *, warnings: Callable[[], Iterable[str]] = tuple
) -> bool:
    """Show the stages of a run until it ends, and each warning once; whether it went well."""
    began, warned = time.monotonic(), set[str]()
    with _bars(console) if console.is_terminal else _lines(console) as show:
        while True:
            state = airflow.state(followed)
            show(stages_of(airflow.tasks(followed), time.monotonic() - began))
            for warning in set(warnings()) - warned:
                console.print(f"[yellow]![/] {as_text(warning)}")
                warned.add(warning)
            if state not in UNFINISHED:
                return state == "success"
            time.sleep(POLL_SECONDS)


def stages_of(tasks: Iterable[dict[str, Any]], seconds: float) -> list[Stage]:
    """Count the task instances by stage, in the order in which they began; what has not begun comes last."""
    began_first = sorted(tasks, key=lambda task: task["start_date"] or "~")
    total, done, failed = Counter[str](), Counter[str](), Counter[str]()
    for task in began_first:
        name = stage_of(task["task_id"])
        total[name] += 1
        done[name] += task["state"] in DONE
        failed[name] += task["state"] == FAILED
    return [Stage(name, done[name], total[name], failed[name], seconds) for name in total]


def stage_of(task_id: str) -> str:
    """The stage of a task: its own id, and for the tasks of dbt's group models or checks."""
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
    with show_bars(console, "  {task.description:<24}") as show_bar:

        def show(stages: list[Stage]) -> None:
            for stage in stages:
                text = f"{stage.name}, {stage.failed} failed" if stage.failed else stage.name
                show_bar(stage.name, stage.done, stage.total, text)

        yield show
