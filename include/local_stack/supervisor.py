"""The parent of all services: starts them, starts again what dies, ends them all on TERM.

It leads a session of its own and outlives the command that started it, and a disk that is full. `up` starts it with
`start_supervisor`; `python -m include.local_stack.supervisor` is its program.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from include.errors import StackError
from include.local_stack.child import Child, write_records
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
SIGN_OF_LIFE_ROUND_SECONDS = 15.0


class Supervisor:
    """Keeps Postgres and the services running until it is told to stop."""

    def __init__(self, home: Path, postgres: EmbeddedPostgres, services: list[Service], session: StackSession) -> None:
        self.home = home
        self.postgres = postgres
        self.session = session
        self.children = [Child(service, session.mark) for service in services]
        self.outputs = {service.name: open_log(home, service.name) for service in services}
        self.is_recorded = False
        self.is_stopping = False

    def run(self) -> None:
        """Keep everything alive; returns after TERM, when nothing is left."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        self._record()  # before anybody can take what an earlier session wrote for this one's
        self.session.write(self.home)
        next_look_at_postgres = next_look_for_signs = 0.0
        while not self.is_stopping:
            if time.monotonic() >= next_look_at_postgres:
                self._keep_postgres_alive()
                next_look_at_postgres = time.monotonic() + POSTGRES_ROUND_SECONDS
            if time.monotonic() >= next_look_for_signs:
                self._look_for_signs_of_life()
                next_look_for_signs = time.monotonic() + SIGN_OF_LIFE_ROUND_SECONDS
            changed = [child.keep_alive(self.outputs[child.service.name]) for child in self.children]
            if any(changed) or not self.is_recorded:
                self._record()
            time.sleep(ROUND_SECONDS)
        self._end()

    def _stop(self, number: int, _frame: object) -> None:
        log.info("told to stop by signal %s", number)
        self.is_stopping = True

    def _keep_postgres_alive(self) -> None:
        try:
            if not self.postgres.folder.exists():  # `up` makes the cluster: here its home was removed
                raise StackError(f"{self.postgres.folder} was removed")
            if not self.postgres.is_running():
                ended = self.postgres.start()
                log.info("Postgres started%s", f"; {ended}" if ended else "")
        except (StackError, OSError, psycopg.Error) as error:
            log.error("%s", error)

    def _look_for_signs_of_life(self) -> None:
        postgres_answers = not self.postgres.silence()
        for child in self.children:
            if postgres_answers:
                child.end_if_silent()
            else:  # whoever is silent then waits for it
                child.hear()

    def _record(self) -> None:
        was_recorded = self.is_recorded
        try:
            write_records(self.home, self.children)
            self.is_recorded = True
        except OSError as error:  # the services go on, and the next round tries again
            self.is_recorded = False
            if was_recorded:
                log.error("cannot write down which services run: %s", error)

    def _end(self) -> None:
        try:
            self.session.end()
            for child in self.children:
                if child.process is not None:
                    child.process.wait()
        finally:
            self.postgres.stop()
        forget_session(self.home)
        log.info("everything ended")


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
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of each look at Airflow's health
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
        Supervisor(home, embedded_postgres(settings), services, session).run()


if __name__ == "__main__":
    main()
