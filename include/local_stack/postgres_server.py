"""The server programs of one Postgres cluster: its files made, its server started and stopped."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from include.errors import StackError
from include.local_stack.credentials import write_private
from include.local_stack.postgres_account import Account, prepare_folder
from include.local_stack.postgres_processes import server_process
from include.local_stack.postgres_programs import programs_for

START_SECONDS = 60
STOP_SECONDS = 30
START_ATTEMPTS = 3
PAUSE_SECONDS = 1.0
LAST_LINES = 10
# The built-in locale sorts the same on every machine, whatever its C library.
CLUSTER_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


@dataclass(frozen=True)
class PostgresServer:
    """The programs of a cluster, run by the account that owns its files."""

    folder: Path
    account: Account
    programs: Path

    @classmethod
    def of(cls, folder: Path) -> "PostgresServer":
        """The server whose files are in `folder`, which is made, or in the place that this names."""
        folder, account = prepare_folder(folder)
        return cls(folder, account, programs_for(account, folder))

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.folder / "data"

    def make_cluster(self, admin: str, password: str, *, durable: bool) -> None:
        """Make the files of an empty cluster.

        Raises: StackError with the program's own last words.
        """
        # Made under a name of its own and renamed when whole: a killed initdb leaves nothing to mistake for data,
        # and one that outlived its caller cannot disturb the next.
        for leftover in self.folder.glob("data.*.new"):
            shutil.rmtree(leftover, ignore_errors=True)
        unfinished, password_file = self.folder / f"data.{os.getpid()}.new", self.folder / "password"
        write_private(password_file, password)
        self.account.give(password_file)
        options = [f"--pgdata={unfinished}", f"--username={admin}", f"--pwfile={password_file}", *CLUSTER_OPTIONS]
        made = self._run("initdb", [*options, *([] if durable else ["--no-sync"])])
        password_file.unlink()
        if made.returncode != 0:
            raise StackError(f"Postgres cannot make its data folder {unfinished}: {last_words(made.stderr)}")
        unfinished.rename(self.data)

    def start(self, options: Mapping[str, str]) -> None:
        """Start the server; one that recovers from a crash for longer than this waits goes on with it.

        Raises: StackError with the server's own last words when it ends again.
        """
        told, log = " ".join(f"-c {name}={value}" for name, value in options.items()), self.folder / "server.log"
        said = ""
        for _ in range(START_ATTEMPTS):
            # A postmaster.pid whose process is gone, or is somebody else by now, would refuse the start.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            said_before = len(_read_log(log))
            started = self._run("pg_ctl", ["start", *self._waiting(START_SECONDS), "-l", log, "-o", told])
            if started.returncode == 0 or server_process(self.data) is not None:
                return
            said = _read_log(log)[said_before:]
            time.sleep(PAUSE_SECONDS)
        raise StackError(f"Postgres does not start on port {options['port']}: {last_words(said)} (more in {log})")

    def stop(self) -> None:
        """Ask the server to end, twice: first its sessions are told, then cut off."""
        for mode in ("fast", "immediate"):
            ended = self._run("pg_ctl", ["stop", *self._waiting(STOP_SECONDS), "-m", mode])
            if ended.returncode == 0 or server_process(self.data) is None:
                return

    def _waiting(self, seconds: int) -> list[object]:
        return ["-D", self.data, "-w", "-t", str(seconds)]

    def _run(self, program: str, options: Sequence[object]) -> subprocess.CompletedProcess[str]:
        # Nothing may hold the server's output open: pg_ctl ends, the server it started lives on.
        return subprocess.run(  # noqa: S603 - bundled programs, fixed options
            [str(part) for part in (self.programs / program, *options)],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            **self.account.process_options,
        )


def last_words(text: str) -> str:
    """The line of a program's output that says why it ended."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error:", "ERROR"))]
    return (telling or lines or ["it said nothing"])[-1]


def last_words_of_log(folder: Path) -> str:
    """Why the server ended, to be put behind a sentence; empty where its log does not end with a reason."""
    lines = _read_log(folder / "server.log").splitlines()[-LAST_LINES:]
    reasons = [line.rpartition("] ")[2] for line in lines if "FATAL" in line or "PANIC" in line]
    return f"; its last words: {reasons[-1]}" if reasons else ""


def _read_log(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""
