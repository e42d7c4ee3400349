"""The embedded Postgres: one cluster on loopback TCP, passwords only, its files in `$STOCKLAKE_HOME/postgres`."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from include.errors import StackError
from include.local_stack.credentials import write_private
from include.local_stack.postgres_account import Account, prepare_folder, remove_folder
from include.local_stack.postgres_programs import programs_for
from include.local_stack.stack_session import exclusive
from include.settings import LOOPBACK
from include.warehouse.readers import READERS
from include.warehouse.roles import OWNER, WAREHOUSE_DATABASE, ensure_roles

ADMIN = "postgres"
START_SECONDS = 60
# What the roles that read may take (readers.py), 60 of Airflow's pools, 16 of the tasks and dbt, and some to spare.
MOST_CONNECTIONS = 120
STOP_SECONDS = 30
START_ATTEMPTS = 3
PAUSE_SECONDS = 1.0
MEMORY_IN_USE = "shared memory block"  # a killed server's children end by themselves, on a busy machine not at once
# The built-in locale sorts the same on every machine, whatever its C library.
CLUSTER_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
# A shared cache of an eighth of the machine leaves room for Airflow; more than 2 GB helps no sample of this size.
MEMORY_SHARE, SMALLEST_CACHE_MB, LARGEST_CACHE_MB = 8, 64, 2_048
# A sort of gold's may take a thirty-second of that, and a dozen of them run at once at most.
SORTS_OF_A_CACHE = 32


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A Postgres cluster under `home`, listening on 127.0.0.1:`port`.

    `passwords` holds the generated secrets by their names in secrets.env; looking, stopping and removing need
    neither these nor a port. A cluster that is not `durable` never waits for the disk: for tests only.
    """

    home: Path
    port: int = 0
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    durable: bool = True

    @property
    def folder(self) -> Path:
        """Where the files are, or the link that names the place."""
        return self.home / "postgres"

    def url(self, role: str = "stocklake", database: str = WAREHOUSE_DATABASE) -> str:
        """The address of a database as one of the roles."""
        return f"postgresql://{role}:{quote(self._password(role), safe='')}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Make the cluster if there is none, start it unless it runs, and see to roles and databases.

        Raises: StackError with the server's own last words when it does not start.
        """
        # One start at a time: the second finds the server of the first.
        with exclusive(self.home / "run" / "postgres.lock", wait=True):
            folder, account = prepare_folder(self.folder)
            programs = programs_for(account, folder)
            if not (folder / "data").exists():
                self._make_cluster(folder, account, programs)
            if self.is_running() and _port_in_use(folder / "data") != self.port:
                self.stop()  # left over from a start with another POSTGRES_PORT
            if not self.is_running():
                self._start_server(folder, account, programs)
            self._ensure_roles()

    def stop(self) -> None:
        """End the server: open sessions are cut off, everything committed is kept."""
        if not self.is_running():
            return
        folder, account = prepare_folder(self.folder)
        data = folder / "data"
        programs = programs_for(account, folder)
        for mode in ("fast", "immediate"):
            command = [programs / "pg_ctl", "stop", "-D", data, "-m", mode, "-w", "-t", str(STOP_SECONDS)]
            if _run(command, account).returncode == 0 or not self.is_running():
                return
        raise StackError(f"Postgres does not end: its process id is in {data / 'postmaster.pid'}")

    def is_running(self) -> bool:
        """Whether the server of exactly this cluster lives."""
        return _server_process(self.folder.resolve() / "data") is not None

    def remove(self) -> None:
        """Stop the server and remove all of its files."""
        self.stop()
        remove_folder(self.folder)

    def _password(self, role: str) -> str:
        return self.passwords["POSTGRES_ADMIN_PASSWORD" if role == ADMIN else f"{role.upper()}_DB_PASSWORD"]

    def _make_cluster(self, folder: Path, account: Account, programs: Path) -> None:
        # Made under a name of its own and renamed when whole: a killed initdb leaves nothing to mistake for data,
        # and one that outlived its caller cannot disturb the next.
        for leftover in folder.glob("data.*.new"):
            shutil.rmtree(leftover, ignore_errors=True)
        unfinished, password_file = folder / f"data.{os.getpid()}.new", folder / "password"
        write_private(password_file, self._password(ADMIN))
        account.give(password_file)
        options = [f"--pgdata={unfinished}", f"--username={ADMIN}", f"--pwfile={password_file}", *CLUSTER_OPTIONS]
        made = _run([programs / "initdb", *options, *([] if self.durable else ["--no-sync"])], account)
        password_file.unlink()
        if made.returncode != 0:
            raise StackError(f"Postgres cannot make its data folder {unfinished}: {_last_words(made.stderr)}")
        unfinished.rename(folder / "data")

    def _start_server(self, folder: Path, account: Account, programs: Path) -> None:
        data, log = folder / "data", folder / "server.log"
        options = " ".join(f"-c {name}={value}" for name, value in self._server_options().items())
        command = [programs / "pg_ctl", "start", "-D", data, "-w", "-t", str(START_SECONDS), "-l", log, "-o", options]
        deadline, attempts, said = time.monotonic() + START_SECONDS, 0, ""
        while attempts < START_ATTEMPTS or (MEMORY_IN_USE in said and time.monotonic() < deadline):
            # A postmaster.pid whose process is gone, or is somebody else by now, would refuse the start.
            (data / "postmaster.pid").unlink(missing_ok=True)
            said_before = len(_read_log(log))
            if _run(command, account).returncode == 0:
                return
            said = _read_log(log)[said_before:]
            attempts += 1
            time.sleep(PAUSE_SECONDS)
        words = _last_words(said)
        raise StackError(f"Postgres does not start on port {self.port}: {words} (more in {log})")

    def _server_options(self) -> dict[str, str]:
        options = {
            "port": str(self.port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "max_connections": str(MOST_CONNECTIONS),
            "max_notify_queue_pages": "64",  # 0.5 MB instead of 8 GB on disk: anybody may notify, and nobody needs to
            "timezone": "UTC",
            "log_timezone": "UTC",
            "random_page_cost": "1.1",  # the data is on an SSD or in memory
            "shared_buffers": f"{_cache_megabytes()}MB",
            "work_mem": f"{max(_cache_megabytes() // SORTS_OF_A_CACHE, 4)}MB",
            "maintenance_work_mem": f"{max(_cache_megabytes() // 8, 64)}MB",  # keys and indexes of a first publication
            "max_wal_size": "4GB",  # a checkpoint every few seconds of a large load would write the same pages again
        }
        relaxed = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
        return options if self.durable else options | relaxed

    def _ensure_roles(self) -> None:
        passwords = {role: self._password(role) for role in ("airflow", OWNER, *READERS)}
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return ensure_roles(self.url(ADMIN, "postgres"), passwords)
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise StackError(
                        f"The passwords in {self.home / 'secrets.env'} do not open the data in {self.folder}: "
                        "put the right file back, or run `make clean` to begin anew"
                    ) from None
                if time.monotonic() > deadline:
                    raise StackError(f"Postgres runs but does not answer: {_last_words(str(error))}") from None
            time.sleep(0.2)  # it may still be starting for somebody else, or recovering from a crash


def _server_process(data: Path) -> psutil.Process | None:
    # The process id alone proves nothing: it may be a stranger's by now. The server works in its data folder.
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        is_ours = process.name() == "postgres" and process.cwd() == str(data)
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if is_ours else None


def _port_in_use(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().splitlines()[3])


def _run(command: Sequence[object], account: Account) -> subprocess.CompletedProcess[str]:
    # Nothing may hold the server's output open: pg_ctl ends, the server it started lives on.
    return subprocess.run(  # noqa: S603 - bundled programs, fixed options
        [str(part) for part in command],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        **account.process_options,
    )


def _read_log(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("FATAL", "error:", "ERROR"))]
    return (telling or lines or ["it said nothing"])[-1]


def _cache_megabytes() -> int:
    share = int(psutil.virtual_memory().total) // MEMORY_SHARE // 2**20
    return min(max(share, SMALLEST_CACHE_MB), LARGEST_CACHE_MB)
