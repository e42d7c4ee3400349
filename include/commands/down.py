"""`make down`: no process of the stack is left."""

import contextlib
import signal
from pathlib import Path

import psutil
from rich.console import Console

from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.progress import Steps
from include.local_stack.service import wait_until
from include.local_stack.session import StackSession, exclusive, forget_session
from include.settings import stocklake_home
from include.terminal import as_text

SUPERVISOR_SECONDS = 40  # it asks the others, waits for them, and ends Postgres


def down(console: Console) -> int:
    """End all services, then Postgres; needs no setting but the home folder."""
    home = stocklake_home()
    if not home.exists():
        console.print(f"Nothing runs: there is no {as_text(home)}")
        return 0
    steps = Steps(console)
    with exclusive(home / "run" / "up.lock", wait=True):
        with steps.step("Services") as step:
            step.note = f"{end_services(home)} processes ended"
        with steps.step("Postgres"):
            stored_postgres(home).stop()
    return 0


def end_services(home: Path) -> int:
    """End every process of the session started from `home`; how many there were."""
    session = StackSession.read(home)
    if session is None:
        return 0
    count = len(session.processes())
    if session.is_led():
        with contextlib.suppress(psutil.Error):
            psutil.Process(session.pid).send_signal(signal.SIGTERM)
        wait_until(lambda: not session.processes(), seconds=SUPERVISOR_SECONDS)
    session.end()
    forget_session(home)
    return count


def stored_postgres(home: Path) -> EmbeddedPostgres:
    """The cluster in `home`, good for looking, stopping and removing: these need neither port nor password."""
    return EmbeddedPostgres(home, 0, {})
