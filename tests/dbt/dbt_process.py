"""dbt as Cosmos runs it: inside a process that a worker forked, with a callback for each of its events.

dbt is imported before the fork. The callback may hold it at a named point until it is told to go on: between two
statements, on its own side of the connection, where a crash of the server does most harm, for dbt opens a new
connection for the next model and goes on.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from include.gold.dbt_environment import RUN_RESULTS

PATIENCE_SECONDS = 300
PAUSE_SECONDS = 0.02
WORKERS = multiprocessing.get_context("forkserver")
WORKERS.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.postgres", __name__])


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
class Invocation:
    """What dbt is asked, where it writes, and the project as dbt once parsed it; it parses the project where None."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    target: Path
    parsed: Path | None


@dataclass(frozen=True)
class DbtProcess:
    """dbt at work: the worker, the process that it forked, and the folder through which they are reached."""

    folder: Path
    results: Path
    worker: BaseProcess

    @classmethod
    def start(cls, invocation: Invocation, folder: Path, hold_at: Point | None = None) -> "DbtProcess":
        """Start a worker that runs dbt."""
        results = invocation.target / RUN_RESULTS
        results.unlink(missing_ok=True)
        worker = WORKERS.Process(target=_work, args=(invocation, hold_at, folder))
        worker.start()
        return cls(folder, results, worker)

    def kill_dbt(self) -> None:
        """Kill dbt alone; its worker lives."""
        os.kill(int((self.folder / "dbt.pid").read_text()), signal.SIGKILL)

    def kill_worker(self) -> None:
        """Kill the worker with all that it started."""
        assert self.worker.pid
        os.killpg(self.worker.pid, signal.SIGKILL)

    def wait_until_held(self) -> None:
        """Return once dbt is at the point; fails where it ends before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (self.folder / "held").exists():
            assert self.worker.is_alive(), self.words
            assert time.monotonic() < deadline, "the build does not reach the point"
            time.sleep(PAUSE_SECONDS)

    def end(self) -> dict[str, str]:
        """Let dbt go on to its end; what became of each node, by its name, and nothing where dbt was killed."""
        (self.folder / "go_on").touch()
        self.worker.join(PATIENCE_SECONDS)
        assert self.worker.exitcode is not None, "dbt does not end"
        return {name_of(found["unique_id"]): found["status"] for found in self._found() if _is_node(found)}

    def message(self, node: str) -> str:
        """What dbt said of a node."""
        return next(str(found["message"]) for found in self._found() if name_of(found["unique_id"]) == node)

    @property
    def words(self) -> str:
        """What dbt printed."""
        return (self.folder / "said.txt").read_text()

    def _found(self) -> list[dict[str, Any]]:
        return json.loads(self.results.read_text())["results"] if self.results.exists() else []


def name_of(unique_id: str) -> str:
    """The name of a node as people write it."""
    kind, _, *rest = unique_id.split(".")
    return rest[1] if kind == "unit_test" else rest[0]


def _is_node(found: Mapping[str, Any]) -> bool:
    return not found["unique_id"].startswith("operation.")  # a hook of the run


def _work(invocation: Invocation, hold_at: Point | None, folder: Path) -> None:
    os.setpgid(0, 0)
    child = os.fork()
    if child == 0:
        os.environ.update(invocation.environment)
        _run_dbt(invocation, hold_at, folder)
        os._exit(0)
    (folder / "dbt.pid").write_text(str(child))
    os.waitpid(child, 0)


def _run_dbt(invocation: Invocation, hold_at: Point | None, folder: Path) -> None:
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    def hold(event: Any) -> None:
        if hold_at is None or not hold_at.is_reached(event) or (folder / "held").exists():
            return
        (folder / "held").touch()
        while not (folder / "go_on").exists():
            time.sleep(PAUSE_SECONDS)

    manifest = Manifest.from_msgpack(invocation.parsed.read_bytes()) if invocation.parsed else None
    if manifest:
        manifest.build_flat_graph()  # what Jinja calls `graph`
    with (folder / "said.txt").open("w") as said, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        dbtRunner(manifest=manifest, callbacks=[hold]).invoke(list(invocation.arguments))
