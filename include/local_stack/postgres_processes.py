"""The processes of the embedded Postgres, known by the data folder that each of them works in."""

from pathlib import Path

import psutil

from include.errors import StackError
from include.local_stack.processes import end_processes, name_processes
from include.local_stack.service import wait_until

PROGRAM = "postgres"
GRACE_SECONDS = 1.0  # whoever is idle sees by himself that his server is gone
PATIENCE = 0.5


def server_process(data: Path) -> psutil.Process | None:
    """The server that `postmaster.pid` names, where it lives and works in this folder."""
    # The process id alone proves nothing: it may be a stranger's by now.
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if _works_in(data, process) else None


def port_in_use(data: Path) -> int:
    """The port of the server that runs."""
    return int((data / "postmaster.pid").read_text().splitlines()[3])


def processes_in(data: Path) -> list[psutil.Process]:
    """The server of this folder and its sessions, those too whose server was killed."""
    return [process for process in psutil.process_iter() if _works_in(data, process)]


def end_left_behind(data: Path) -> str:
    """End what still works in a folder whose server is gone, or deaf: a new one would refuse to start beside it.

    A session in a long computation does not see that its server was killed.
    Shape:  -> what was ended, in words; empty where there was nothing.
    Raises: StackError that names what cannot be ended.
    """
    if wait_until(lambda: not processes_in(data), seconds=GRACE_SECONDS):
        return ""
    ended = _in_words(server_process(data), processes_in(data))
    end_processes(lambda: processes_in(data), patience=PATIENCE)
    if left := processes_in(data):
        raise StackError(f"Of Postgres, {name_processes(left)} cannot be ended, and a new server would not start")
    return ended


def _in_words(server: psutil.Process | None, found: list[psutil.Process]) -> str:
    if server is None:
        return f"ended what a killed server had left behind: {name_processes(found)}"
    sessions = [process for process in found if process != server]
    of_sessions = f"; and its sessions: {name_processes(sessions)}" if sessions else ""
    return f"ended a server that did not end when asked: {name_processes([server])}{of_sessions}"


def _works_in(data: Path, process: psutil.Process) -> bool:
    # Another cluster's server has the same name, and a shell may stand in this folder: both together are ours.
    try:
        return bool(process.name() == PROGRAM and process.cwd() == str(data))
    except (OSError, psutil.Error):
        return False
