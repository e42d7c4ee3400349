"""End every process of the stack; the data stays."""

import contextlib
import signal
from pathlib import Path

import psutil

from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.progress import show_step
from include.local_stack.service import wait_until
from include.local_stack.stack_session import StackSession, exclusive, forget_session
from include.settings import stocklake_home
from include.terminal import as_text, open_console

SUPERVISOR_SECONDS = 40  # it asks the others, waits for them, and ends Postgres


def down() -> int:
    """End all services, then Postgres; needs no setting but the home folder."""
    home, console = stocklake_home(), open_console()
    if not home.exists():
        console.print(f"Nothing runs: there is no {as_text(home)}")
        return 0
    with exclusive(home / "run" / "up.lock", wait=True):
        with show_step(console, "Services") as step:
            step.note = f"{_end_services(home)} processes ended"
        with show_step(console, "Postgres"):
            EmbeddedPostgres(home).stop()
    return 0


def _end_services(home: Path) -> int:
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
