"""The embedded Postgres: one cluster on loopback TCP, passwords only, its files in `$STOCKLAKE_HOME/postgres`."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from include.errors import StackError
from include.local_stack.postgres_account import remove_folder
from include.local_stack.postgres_processes import end_left_behind, port_in_use, processes_in, server_process
from include.local_stack.postgres_server import START_SECONDS, PostgresServer, last_words, last_words_of_log
from include.local_stack.stack_session import exclusive
from include.settings import LOOPBACK
from include.warehouse.readers import READERS
from include.warehouse.roles import OWNER, WAREHOUSE_DATABASE, ensure_roles

ADMIN = "postgres"
PROBE_SECONDS = 2
# What the roles that read may take (readers.py), 60 of Airflow's pools, 16 of the tasks and dbt, and some to spare.
MOST_CONNECTIONS = 120
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

    def start(self) -> str:
        """Make the cluster if there is none, start it unless it runs, and see to roles and databases.

        Shape:  -> what a killed server had left behind and was ended for it, in words; mostly empty.
        Raises: StackError with the server's own last words when it does not start.
        """
        # One start at a time: the second finds the server of the first.
        with exclusive(self.home / "run" / "postgres.lock", wait=True):
            server = PostgresServer.of(self.folder)
            if not server.data.exists():
                server.make_cluster(ADMIN, self._password(ADMIN), durable=self.durable)
            if self.is_running() and port_in_use(server.data) != self.port:
                self.stop()  # left over from a start with another POSTGRES_PORT
            ended = ""
            if not self.is_running():
                ended = end_left_behind(server.data)
                server.start(self._server_options())
            self._ensure_roles()
        return ended

    def stop(self) -> str:
        """End the server: open sessions are cut off, everything committed is kept.

        Shape:  -> what had to be ended one by one, in words: sessions of a killed server, or a server that is deaf.
        Raises: StackError that names what cannot be ended.
        """
        if self.is_running():
            PostgresServer.of(self.folder).stop()
        return end_left_behind(self._data)

    def is_running(self) -> bool:
        """Whether the server of exactly this cluster lives."""
        return server_process(self._data) is not None

    def processes(self) -> list[psutil.Process]:
        """The server and its sessions, those too that a killed server left behind."""
        return processes_in(self._data)

    def silence(self) -> str:
        """Why nobody gets an answer, in the server's words; empty where it answers."""
        if not self.is_running():
            return f"it does not run{last_words_of_log(self.folder)}"
        try:
            psycopg.connect(self.url(ADMIN, "postgres"), connect_timeout=PROBE_SECONDS).close()
        except psycopg.OperationalError as error:
            return last_words(str(error))
        return ""

    def remove(self) -> None:
        """Stop the server and remove all of its files."""
        self.stop()
        remove_folder(self.folder)

    @property
    def _data(self) -> Path:
        return self.folder.resolve() / "data"

    def _password(self, role: str) -> str:
        return self.passwords["POSTGRES_ADMIN_PASSWORD" if role == ADMIN else f"{role.upper()}_DB_PASSWORD"]

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
                    raise StackError(f"Postgres runs but does not answer: {last_words(str(error))}") from None
            time.sleep(0.2)  # it may still be starting for somebody else, or recovering from a crash


def _cache_megabytes() -> int:
    share = int(psutil.virtual_memory().total) // MEMORY_SHARE // 2**20
    return min(max(share, SMALLEST_CACHE_MB), LARGEST_CACHE_MB)
