"""Processes of the stack, named in a sentence and ended."""

import contextlib
import signal
import time
from collections.abc import Callable, Sequence

import psutil

from include.local_stack.service import wait_until

KILL_SECONDS = 10.0
POLL_SECONDS = 0.1
NAMED_AT_MOST, WIDTH = 5, 80  # processes, and characters of each one's command


def end_processes(find: Callable[[], Sequence[psutil.Process]], *, patience: float) -> None:
    """End what `find` finds: ask, wait so many seconds, then kill until it finds nothing more.

    What cannot be ended, as a process that waits for a broken disk, is still found afterwards.
    """
    _signal_all(find(), signal.SIGTERM)
    if wait_until(lambda: not find(), seconds=patience):
        return
    deadline = time.monotonic() + KILL_SECONDS
    while (found := find()) and time.monotonic() < deadline:
        _signal_all(found, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def kill_tree(pid: int) -> None:
    """Kill a process and all that it started, at once."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        _signal_all([process, *process.children(recursive=True)], signal.SIGKILL)


def name_processes(processes: Sequence[psutil.Process]) -> str:
    """The number and the command of each, or of the first few and how many more there are."""
    named = [f"{process.pid} ({_command(process)})" for process in processes[:NAMED_AT_MOST]]
    more = len(processes) - len(named)
    return f"process{'es' if len(processes) > 1 else ''} " + ", ".join([*named, *([f"{more} more"] if more else [])])


def _command(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error, OSError):
        words = " ".join(process.cmdline()).split() or [process.name()]
        command = " ".join(words)
        return command if len(command) <= WIDTH else command[: WIDTH - 1] + "…"
    return "gone by now"


def _signal_all(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)  # psutil compares the start time first: a reused number is spared
