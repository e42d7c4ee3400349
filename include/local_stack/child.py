"""A service and the process that runs it now; what is kept of it on disk, for the commands to read."""

import json
import logging
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from include.local_stack.credentials import write_private
from include.local_stack.processes import kill_tree
from include.local_stack.service import Service
from include.local_stack.stack_session import MARK
from include.settings import PROJECT_ROOT

log = logging.getLogger("stocklake.supervisor")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
MOST_DOUBLINGS = 6  # are past the longest pause; a night of deaths would double beyond what a float holds
SILENT_SECONDS = 180.0  # as long as `up` waits for a service
STEADY_AFTER_SECONDS = 120.0  # what has run this long starts again at once
DEATHS_THAT_MEAN_TROUBLE = 3


@dataclass(frozen=True)
class ServiceRecord:
    """The process of a service, None for one that died; how often it was started, and died soon after that."""

    pid: int | None = None
    starts: int = 0
    deaths_in_a_row: int = 0

    @property
    def keeps_dying(self) -> bool:
        """Whether it is dead, and starting it again did not help."""
        return self.pid is None and self.deaths_in_a_row >= DEATHS_THAT_MEAN_TROUBLE


@dataclass
class Child:
    """A service, and its process where it runs, which carries the mark of the stack."""

    service: Service
    mark: str
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    started_at: float = 0.0
    heard_at: float = 0.0
    next_start: float = 0.0
    deaths_in_a_row: int = 0
    clock: Callable[[], float] = time.monotonic

    @property
    def record(self) -> ServiceRecord:
        """What the commands may know of it."""
        return ServiceRecord(self.process.pid if self.process else None, self.starts, self.deaths_in_a_row)

    @property
    def pause(self) -> float:
        """Seconds between its last death and its next start."""
        return min(FIRST_PAUSE_SECONDS * 2.0 ** min(self.deaths_in_a_row, MOST_DOUBLINGS), LONGEST_PAUSE_SECONDS)

    def keep_alive(self, output: IO[bytes]) -> bool:
        """Start the service unless it runs or its pause lasts; whether anything changed."""
        if self.process is not None and self.process.poll() is None:
            return False
        now = self.clock()
        if self.process is not None:
            self._note_death(f"ended with {self.process.returncode}", now)
            return True
        if now < self.next_start:
            return False
        self.starts, self.started_at = self.starts + 1, now
        try:
            self._start(output)
        except OSError as error:  # no memory, no such program while .venv is made anew
            self._note_death(f"cannot start: {error}", now)
        return True

    def hear(self) -> None:
        """Note a sign of life."""
        self.heard_at = self.clock()

    def end_if_silent(self) -> None:
        """End the process and all that it started when it has given no sign of life for long; it starts again then.

        A scheduler of Airflow's that fails, as when the disk was full, lives on: it waits for its idle workers.
        """
        if self.process is None or self.process.poll() is not None:
            return
        if self.service.gives_sign_of_life():
            self.hear()
        elif self.clock() - max(self.heard_at, self.started_at) > SILENT_SECONDS:
            log.error("%s lives, and has given no sign of life for %.0f s: ended", self.service.name, SILENT_SECONDS)
            kill_tree(self.process.pid)

    def _start(self, output: IO[bytes]) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - the commands of services.py
            self.service.command,
            cwd=PROJECT_ROOT,
            env={**self.service.environment, MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    def _note_death(self, how: str, now: float) -> None:
        steady = now - self.started_at > STEADY_AFTER_SECONDS
        self.deaths_in_a_row = 0 if steady else self.deaths_in_a_row + 1
        log.warning("%s %s, next start in %.0f s", self.service.name, how, self.pause)
        self.process, self.next_start = None, now + self.pause


def write_records(home: Path, children: Iterable[Child]) -> None:
    """Replace what is known of the services.

    Raises: OSError, on a full disk say; what was known before is kept.
    """
    write_private(_records_file(home), json.dumps({child.service.name: asdict(child.record) for child in children}))


def read_records(home: Path) -> dict[str, ServiceRecord]:
    """What the supervisor last wrote of each service; empty before that."""
    try:
        return {name: ServiceRecord(**known) for name, known in json.loads(_records_file(home).read_text()).items()}
    except (OSError, ValueError, TypeError):
        return {}


def _records_file(home: Path) -> Path:
    return home / "run" / "services.json"
