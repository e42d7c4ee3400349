"""A `dbt build` that is held at a named point until it is told to go on, as the task of a worker.

dbt runs as Cosmos runs it: inside a process that a worker forked, with a callback for each of its events. The callback
of an event blocks dbt between two statements, on its own side of the connection, where a crash of the server does most
harm: dbt opens a new connection for the next model and goes on.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from include.gold.dbt_environment import RUN_RESULTS, dbt_environment
from include.settings import Settings
from tests.dbt.gold import PUBLICATION, VARIABLES, Gold, name_of

PATIENCE_SECONDS = 300
PAUSE_SECONDS = 0.02
ORDERED = ("--threads", "1")  # nothing goes on beside what is held
WORKERS = multiprocessing.get_context("forkserver")
WORKERS.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.postgres", "tests.dbt.held_build"])


@dataclass(frozen=True)
class Point:
    """A point in a build: the event of a node, and a part of its SQL where the event has one."""

    event: str
    node: str
    sql: str = ""

    def is_reached(self, event: Any) -> bool:
        """Whether dbt is there, just before what the event announces, or just after what it reports."""
        if event.info.name != self.event:
            return False
        return event.data.node_info.unique_id.split(".")[-1] == self.node and self.sql in getattr(event.data, "sql", "")


@dataclass(frozen=True)
class HeldBuild:
    """A build under way: the worker, the dbt process that it forked, and the folder through which they are reached."""

    folder: Path
    results: Path
    worker: BaseProcess

    @property
    def dbt_pid(self) -> int:
        """The process that runs dbt."""
        return int((self.folder / "dbt.pid").read_text())

    def kill_dbt(self) -> None:
        """Kill dbt alone; its worker lives."""
        os.kill(self.dbt_pid, signal.SIGKILL)

    def kill_worker(self) -> None:
        """Kill the worker with all that it started."""
        assert self.worker.pid
        os.killpg(self.worker.pid, signal.SIGKILL)

    def go_on(self) -> dict[str, str]:
        """Let dbt go on; what became of each node, by its name, and nothing where dbt was killed."""
        (self.folder / "go_on").touch()
        self.worker.join(PATIENCE_SECONDS)
        assert self.worker.exitcode is not None, "dbt does not end"
        if not self.results.exists():
            return {}
        return {
            name_of(found["unique_id"]): found["status"] for found in json.loads(self.results.read_text())["results"]
        }

    def message(self, node: str) -> str:
        """What dbt said of a node."""
        found = json.loads(self.results.read_text())["results"]
        return next(str(result["message"]) for result in found if name_of(result["unique_id"]) == node)


@contextmanager
def held_build(gold: Gold, point: Point, folder: Path, *options: str) -> Iterator[HeldBuild]:
    """Start a build and hold it at the point; whatever is left of it ends with the block."""
    folder.mkdir()
    worker = _start(gold, folder, point, options)
    build = HeldBuild(folder, gold.folder / RUN_RESULTS, worker)
    try:
        _wait_until_held(build)
        yield build
    finally:
        with contextlib.suppress(ProcessLookupError):
            build.kill_worker()
        worker.join()


def build_at_once(gold: Gold, folder: Path, *options: str) -> dict[str, str]:
    """The same build without a stop; what became of each node, by its name."""
    folder.mkdir()
    build = HeldBuild(folder, gold.folder / RUN_RESULTS, _start(gold, folder, None, options))
    said = build.go_on()
    assert said, (folder / "said.txt").read_text()
    return said


def _start(gold: Gold, folder: Path, point: Point | None, options: Sequence[str]) -> BaseProcess:
    (gold.folder / RUN_RESULTS).unlink(missing_ok=True)
    settings = Settings(db_url=gold.url, dbt_packages_dir=gold.packages)  # type: ignore[arg-type]  # made a secret
    command = [
        *("build", *PUBLICATION, *ORDERED, *options, "--vars", json.dumps(VARIABLES)),
        *("--target-path", str(gold.folder), "--log-path", str(gold.folder)),
        *("--project-dir", str(gold.project), "--profiles-dir", str(gold.project)),
    ]
    worker = WORKERS.Process(target=_work, args=(command, dbt_environment(settings), point, folder))
    worker.start()
    return worker


def _work(command: list[str], environment: Mapping[str, str], point: Point | None, folder: Path) -> None:
    os.setpgid(0, 0)
    child = os.fork()
    if child == 0:
        os.environ.update(environment)
        _run_dbt(command, point, folder)
        os._exit(0)
    (folder / "dbt.pid").write_text(str(child))
    os.waitpid(child, 0)


def _run_dbt(command: list[str], point: Point | None, folder: Path) -> None:
    from dbt.cli.main import dbtRunner

    def hold(event: Any) -> None:
        if point is None or not point.is_reached(event) or (folder / "held").exists():
            return
        (folder / "held").touch()
        while not (folder / "go_on").exists():
            time.sleep(PAUSE_SECONDS)

    with (folder / "said.txt").open("w") as said, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        dbtRunner(callbacks=[hold]).invoke(command)


def _wait_until_held(build: HeldBuild) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (build.folder / "held").exists():
        assert build.worker.is_alive(), (build.folder / "said.txt").read_text()
        assert time.monotonic() < deadline, "the build does not reach the point"
        time.sleep(PAUSE_SECONDS)
