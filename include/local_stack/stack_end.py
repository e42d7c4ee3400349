"""The end of the stack: every process of it, and its Postgres."""

import contextlib
import signal
from pathlib import Path

import psutil

from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.service import wait_until
from include.local_stack.session import StackSession, forget_session

SUPERVISOR_SECONDS = 40  # it asks the others, waits for them, and ends Postgres


def end_services(home: Path) -> int:
    """End every process of the session started from `home`; how many there were."""
    session = StackSession.read(home)
    if session is None:
        return 0
    count = len(session.processes())
    if session.is_supervised():
        with contextlib.suppress(psutil.Error):
            psutil.Process(session.pid).send_signal(signal.SIGTERM)
        wait_until(lambda: not session.processes(), seconds=SUPERVISOR_SECONDS)
    session.end()
    forget_session(home)
    return count


def stored_postgres(home: Path) -> EmbeddedPostgres:
    """The cluster in `home`, good for looking, stopping and removing: these need neither port nor password."""
    return EmbeddedPostgres(home, 0, {})
