"""The parent of all services: starts them, starts again what dies, ends them all on TERM.

It leads a session of its own and outlives the command that started it. `up` starts it with
`start_supervisor`; `python -m include.local_stack.supervisor` is its program.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from include.errors import StackError
from include.local_stack.credentials import write_private
from include.local_stack.home import empty_temporary
from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.service import Service
from include.local_stack.services import (
    embedded_postgres,
    fingerprint,
    inherited_environment,
    open_log,
    services_of,
    told_of_every_run,
)
from include.local_stack.stack_session import MARK, StackSession, exclusive, forget_session
from include.settings import PROJECT_ROOT, get_settings

log = logging.getLogger("stocklake.supervisor")

ROUND_SECONDS = 0.5
POSTGRES_ROUND_SECONDS = 2.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
STEADY_AFTER_SECONDS = 120.0  # what has run this long starts again at once


@dataclass
class Child:
    """A service and the process that runs it now."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    started_at: float = 0.0
    next_start: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    clock: Callable[[], float] = time.monotonic

    def keep_alive(self, output: IO[bytes]) -> bool:
        """Start the service unless it runs or its pause lasts; whether anything changed."""
        if self.process is not None and self.process.poll() is None:
            return False
        now = self.clock()
        if self.process is not None:
            self._note_death(self.process.returncode, now)
            return True
        if now < self.next_start:
            return False
        self.process = subprocess.Popen(  # noqa: S603 - the commands of services.py
            self.service.command,
            cwd=PROJECT_ROOT,
            env={**self.service.environment, MARK: os.environ[MARK]},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        self.starts, self.started_at = self.starts + 1, now
        return True

    def _note_death(self, exit_code: int, now: float) -> None:
        steady = now - self.started_at > STEADY_AFTER_SECONDS
        self.pause = FIRST_PAUSE_SECONDS if steady else min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        log.warning("%s ended with %s, next start in %.0f s", self.service.name, exit_code, self.pause)
        self.process, self.next_start = None, now + self.pause


class Supervisor:
    """Keeps Postgres and the services running until it is told to stop."""

    def __init__(self, home: Path, postgres: EmbeddedPostgres, services: list[Service], session: StackSession) -> None:
        self.home = home
        self.postgres = postgres
        self.session = session
        self.children = [Child(service) for service in services]
        self.outputs = {service.name: open_log(home, service.name) for service in services}
        self.is_stopping = False

    def run(self) -> None:
        """Keep everything alive; returns after TERM, when nothing is left."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        next_look_at_postgres = 0.0
        while not self.is_stopping:
            if time.monotonic() >= next_look_at_postgres:
                self._keep_postgres_alive()
                next_look_at_postgres = time.monotonic() + POSTGRES_ROUND_SECONDS
            changed = [child.keep_alive(self.outputs[child.service.name]) for child in self.children]
            if any(changed):
                self._write_state()
            time.sleep(ROUND_SECONDS)
        self._end()

    def _stop(self, number: int, _frame: object) -> None:
        log.info("told to stop by signal %s", number)
        self.is_stopping = True

    def _keep_postgres_alive(self) -> None:
        try:
            if not self.postgres.is_running():
                self.postgres.start()
                log.info("Postgres started")
        except StackError as error:
            log.error("%s", error)

    def _end(self) -> None:
        self.session.end()
        for child in self.children:
            if child.process is not None:
                child.process.wait()
        self.postgres.stop()
        _state_file(self.home).unlink(missing_ok=True)
        forget_session(self.home)
        log.info("everything ended")

    def _write_state(self) -> None:
        state = {
            child.service.name: {"pid": child.process.pid if child.process else None, "starts": child.starts}
            for child in self.children
        }
        write_private(_state_file(self.home), json.dumps(state))


def read_processes(home: Path) -> dict[str, dict[str, int | None]]:
    """The process id of each service, None for one that died, and how often it was started; empty before that."""
    try:
        found: dict[str, dict[str, int | None]] = json.loads(_state_file(home).read_text())
    except (OSError, ValueError):
        return {}
    return found


def start_supervisor(home: Path, *, mark: str) -> subprocess.Popen[bytes]:
    """Start the supervisor in a session of its own, cut off from the terminal."""
    with open_log(home, "supervisor") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "include.local_stack.supervisor"],
            cwd=PROJECT_ROOT,
            env=inherited_environment(home)
            | {"PYTHONPATH": str(PROJECT_ROOT), MARK: mark, "STOCKLAKE_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def main() -> None:
    """Run as the supervisor, unless another one has the same home."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    os.umask(0o077)  # logs and data are their owner's alone
    settings = get_settings()
    home = settings.stack.home
    with exclusive(home / "run" / "supervisor.lock", wait=False) as is_only_one:
        if not is_only_one:
            log.warning("another supervisor runs in %s", home)
            return
        empty_temporary(home)
        services = services_of(settings)
        session = StackSession.of_this_process(
            mark=os.environ[MARK], fingerprint=fingerprint(settings), told=told_of_every_run()
        )
        session.write(home)
        Supervisor(home, embedded_postgres(settings), services, session).run()


def _state_file(home: Path) -> Path:
    return home / "run" / "services.json"


if __name__ == "__main__":
    main()
