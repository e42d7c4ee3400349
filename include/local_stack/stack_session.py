"""The session that every process of the stack belongs to, and its end.

A running Airflow task has a process group of its own, and dbt may even have a session of its own, so
neither reaches them all. A process belongs to the stack when its session is the supervisor's, or
when its environment carries the mark the supervisor was started with.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from include.errors import StackError
from include.local_stack.credentials import write_private
from include.local_stack.home import private_environment
from include.local_stack.processes import end_processes, name_processes

MARK = "STOCKLAKE_STACK"
AT_WORK = "`make up` or `make down` is at work here: what runs is settled when it has ended"
TERM_SECONDS = 8.0  # the scheduler would wait for its tasks as long as they last
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class StackSession:
    """A started stack: the supervisor's process (whose id is the session's), and when it began.

    `told` is what its environment says of the settings that each run reads.
    Units:  `start_ticks` in the kernel's ticks since boot `boot_id`: unlike a time of day, no set clock moves it.
    """

    pid: int
    start_ticks: int
    boot_id: str
    mark: str
    fingerprint: str
    told: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_this_process(cls, *, mark: str, fingerprint: str, told: dict[str, str] | None = None) -> "StackSession":
        """The session that the calling process leads."""
        return cls(os.getpid(), _start_ticks(os.getpid()) or 0, _boot_id(), mark, fingerprint, told or {})

    @classmethod
    def read(cls, home: Path) -> "StackSession | None":
        """The session last started from `home`, alive or not."""
        try:
            return cls(**json.loads(_file(home).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @classmethod
    def find(cls, home: Path) -> "StackSession | None":
        """As `read`, or what the processes themselves say where somebody removed the record, with the home perhaps."""
        of_members = (cls._of_member(process, home) for process in psutil.process_iter())
        return cls.read(home) or next(filter(None, of_members), None)

    @classmethod
    def _of_member(cls, process: psutil.Process, home: Path) -> "StackSession | None":
        mark = _mark_of(process.pid, home)
        with contextlib.suppress(OSError):
            # A session is the stack's when its leader has the mark: in another one, the marked process alone is.
            leader = os.getsid(process.pid)
            pid, ticks = (leader, _start_ticks(leader)) if _mark_of(leader, home) == mark else (process.pid, None)
            return cls(pid, ticks or 0, _boot_id(), mark, fingerprint="lost") if mark else None
        return None

    def write(self, home: Path) -> None:
        """Keep the session on disk, where `down` finds it."""
        write_private(_file(home), json.dumps(asdict(self)))

    def is_supervised(self) -> bool:
        """Whether the supervisor itself lives, and is no stranger who got its number."""
        return self.boot_id == _boot_id() and _start_ticks(self.pid) == self.start_ticks

    def processes(self) -> list[psutil.Process]:
        """Every living process of the session, the supervisor's first."""
        session_is_ours = self._session_is_ours()
        found = [process for process in psutil.process_iter() if self._owns(process, session_is_ours=session_is_ours)]
        return sorted(found, key=lambda process: process.pid != self.pid)

    def end(self, *, patience: float = TERM_SECONDS) -> None:
        """End every process of the session but the caller: ask, wait so many seconds, then kill until none is left.

        Raises: StackError that names what cannot be ended.
        """
        end_processes(self._others, patience=patience)
        if left := self._others():
            raise StackError(f"Of the services, {name_processes(left)} cannot be ended")

    def _session_is_ours(self) -> bool:
        # A session id is not reused while the session has members. If the pid of its leader belongs to another
        # process now, or the machine was booted since, a session of that id is not ours.
        return self.boot_id == _boot_id() and _start_ticks(self.pid) in {None, self.start_ticks}

    def _owns(self, process: psutil.Process, *, session_is_ours: bool) -> bool:
        with contextlib.suppress(psutil.Error, OSError):
            ticks = _start_ticks(process.pid)
            if ticks is None or ticks < self.start_ticks:
                return False
            if session_is_ours and os.getsid(process.pid) == self.pid:
                return True
            return bool(process.environ().get(MARK) == self.mark)
        return False

    def _others(self) -> list[psutil.Process]:
        return [process for process in self.processes() if process.pid != os.getpid()]


def up_lock(home: Path) -> Path:
    """What `make up` holds while it starts services, and `make down` while it ends them."""
    return home / "run" / "up.lock"


def is_changing(home: Path) -> bool:
    """Whether a `make up` or `make down` is at work in this home."""
    if not up_lock(home).exists():  # who looks makes nothing
        return False
    with exclusive(up_lock(home), wait=False) as is_free:
        return not is_free


def check_record(home: Path) -> None:
    """See that nothing runs of which the home has no record.

    While services start and end, there is none for a moment: it is for who holds the lock, or saw it free.
    Raises: StackError.
    """
    if StackSession.read(home) is None and StackSession.find(home) is not None:
        raise StackError(f"Services run whose record in {home} was removed: `make down` ends them")


def forget_session(home: Path) -> None:
    """Remove what says that a stack was started from `home`."""
    _file(home).unlink(missing_ok=True)


@contextlib.contextmanager
def exclusive(file: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a lock file; yields whether it was got. The kernel lets go of it when the holder dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def _file(home: Path) -> Path:
    return home / "run" / "session.json"


def _boot_id() -> str:
    return BOOT_ID.read_text().strip()


def _mark_of(pid: int, home: Path) -> str | None:
    """The mark that a process of this home's stack carries; None where it is none, or gone, or another user's."""
    with contextlib.suppress(psutil.Error, OSError):
        told = psutil.Process(pid).environ()
        return told.get(MARK) if told.get("TMPDIR") == private_environment(home)["TMPDIR"] else None
    return None


def _start_ticks(pid: int) -> int | None:
    """When a living process began; None for one that is gone, or dead and only waited for."""
    try:
        # The name in parentheses may itself hold blanks and parentheses: what counts begins after the last one.
        state, *numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in {"Z", "X"} else int(numbers[18])  # the 22nd field of proc_pid_stat(5)
