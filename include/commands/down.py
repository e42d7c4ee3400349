"""End every process of the stack; the data stays."""

import contextlib
import signal
from pathlib import Path

import psutil

from include.errors import StackError
from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.progress import show_step
from include.local_stack.service import wait_until
from include.local_stack.stack_session import StackSession, exclusive, forget_session, up_lock
from include.settings import stocklake_home
from include.terminal import as_text, open_console

SUPERVISOR_SECONDS = 40  # it asks the others, waits for them, and ends Postgres


def down() -> int:
    """End all services, then Postgres; needs no setting but the home folder.

    Raises: StackError that names what still runs.
    """
    home, console = stocklake_home(), open_console()
    if not home.exists() and StackSession.find(home) is None:
        console.print(f"Nothing runs: there is no {as_text(home)}")
        return 0
    failures = []
    with exclusive(up_lock(home), wait=True) if home.exists() else contextlib.nullcontext():
        for title, end in (("Services", _end_services), ("Postgres", lambda home: EmbeddedPostgres(home).stop())):
            try:
                with show_step(console, title) as step:
                    step.note = end(home)
            except StackError as error:
                failures.append(str(error))
    if failures:
        raise StackError("; ".join(failures))
    return 0


def _end_services(home: Path) -> str:
    count = 0
    while session := StackSession.find(home):
        count += len(session.processes())
        _end_session(session)
        forget_session(home)
    return f"{count} processes ended"


def _end_session(session: StackSession) -> None:
    if session.is_supervised():
        with contextlib.suppress(psutil.Error):
            psutil.Process(session.pid).send_signal(signal.SIGTERM)
        wait_until(lambda: not session.processes(), seconds=SUPERVISOR_SECONDS)
    session.end()
