"""Ends the sessions of reading roles that keep a build of gold or a migration waiting.

An open transaction or a long query of a reading role holds a lock on every table it has read, and dbt and the
migrations have to wait for it before they replace the table. While they run, a thread looks at who waits for whom, and
ends the session of a reading role that is still in the way at the third look, or at the second where a session of that
role was ended before. It ends nobody else's.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
import structlog
from psycopg.rows import class_row

from include.warehouse.connection import connect
from include.warehouse.readers import READERS, membership

STOP_SECONDS = 10.0  # a server that does not answer keeps nobody longer
LONGEST_SHOWN = 200  # characters of a query
# 'text', E'te\\'xt', $tag$text$tag$, each to the end where Postgres has cut the query off.
LITERALS = re.compile(r"[eE]'(?:\\.|''|[^'\\])*(?:'|\Z)|'(?:''|[^'])*(?:'|\Z)|\$(\w*)\$.*?(?:\$\1\$|\Z)", re.DOTALL)

# Everybody who keeps a session of ours waiting, over however many others, and holds what is waited for.
BLOCKERS = """
with recursive waiting (pid) as (
    select pid from pg_stat_activity
    where datname = current_database() and usename = current_user and wait_event_type = 'Lock'
    union
    select blocker from waiting cross join unnest(pg_blocking_pids(pid)) as blocker
)
select distinct on (holder.pid)
    holder.pid as process_id,
    holder.backend_start as connected_at,
    holder.usename::text as role,
    holder.application_name as application,
    holder.xact_start as transaction_at,
    coalesce(holder.query, '') as query,
    coalesce(wanted.relation::regclass::text, wanted.locktype) as held
from waiting
inner join pg_locks as wanted on wanted.pid = waiting.pid and not wanted.granted
inner join pg_locks as held
on held.granted and held.pid = any(pg_blocking_pids(wanted.pid))
and (held.locktype, held.database, held.relation, held.page, held.tuple, held.virtualxid, held.transactionid)
is not distinct from
(wanted.locktype, wanted.database, wanted.relation, wanted.page, wanted.tuple, wanted.virtualxid, wanted.transactionid)
and (held.classid, held.objid, held.objsubid) is not distinct from (wanted.classid, wanted.objid, wanted.objsubid)
inner join pg_stat_activity as holder on holder.pid = held.pid
where holder.usename <> current_user
order by holder.pid
"""
# All of it again, so that a session that has taken over the process id in this moment is left alone.
END = """
select pg_terminate_backend(pid) from pg_stat_activity
where pid = %(process_id)s and backend_start is not distinct from %(connected_at)s and usename = any(%(readers)s)
"""
RECORD = """
insert into ops.ended_sessions (process_id, connected_at, role, application, transaction_at, query, held)
values (%(process_id)s, %(connected_at)s, %(role)s, %(application)s, %(transaction_at)s, %(query)s, %(held)s)
on conflict do nothing
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Patience:
    """How often a reader may be found in the way, and how long the pause before each look is."""

    seconds: float
    waits: int


PATIENCE = Patience(seconds=5.0, waits=3)  # less than a page's read may take, or than a deadlock may last


@dataclass(frozen=True)
class Blocker:
    """A session that holds the lock a writer waits for; ended, it becomes a row of `ops.ended_sessions`.

    Units:  moments are UTC, and None where the role of the watch may not see them, or there is no transaction.
    """

    process_id: int
    connected_at: datetime | None
    role: str
    application: str
    transaction_at: datetime | None
    query: str
    held: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "query", shown(self.query))
        object.__setattr__(self, "application", shown(self.application))

    def __str__(self) -> str:
        moments = {"connected": self.connected_at, "in a transaction": self.transaction_at}
        since = "".join(f", {what} since {at:%Y-%m-%d %H:%M:%S} UTC" for what, at in moments.items() if at)
        name = f"{self.role} ({self.application or 'unnamed application'})"
        return f"{name}{since}, held {self.held}; its last query: {self.query}"


class ReaderWatch(threading.Thread):
    """Ends what readers hold up, from `start` to `stop` or to the end of the process."""

    def __init__(self, url: str, patience: Patience = PATIENCE) -> None:
        super().__init__(name="reader-watch", daemon=True)
        self._url = url
        self._patience = patience
        self._is_over = threading.Event()
        self._looks: dict[tuple[int, datetime | None], int] = {}
        self._ended_roles: set[str] = set()

    def stop(self) -> None:
        """End the thread, after it has said and recorded whom it ended: the writer goes on before that."""
        self._is_over.set()
        self.join(timeout=STOP_SECONDS)

    def run(self) -> None:
        """Look again and again, on a new connection where one is lost."""
        while not self._is_over.is_set():
            try:
                with connect(self._url) as connection:
                    connection.autocommit = True
                    connection.execute("set lock_timeout = '1s'")  # who helps others to their locks waits for none
                    while not self._is_over.wait(self._patience.seconds):
                        self._look(connection)
            except psycopg.Error as error:
                log.warning("reader_watch", error=str(error).strip())
                self._is_over.wait(self._patience.seconds)

    def _look(self, connection: psycopg.Connection) -> None:
        blockers = connection.cursor(row_factory=class_row(Blocker)).execute(BLOCKERS).fetchall()
        found = {(blocker.process_id, blocker.connected_at): blocker for blocker in blockers}
        self._looks = {key: self._looks.get(key, 0) + 1 for key in found}
        for key, looks in self._looks.items():
            # Two looks are a pause apart, so that no short query of another session is ended for its role's sake.
            waits = min(2, self._patience.waits) if found[key].role in self._ended_roles else self._patience.waits
            if found[key].role not in READERS:
                if looks == waits:
                    log.warning("a writer waits for a session that is no reader's", session=str(found[key]))
            elif looks >= waits:
                self._end(connection, found[key])

    def _end(self, connection: psycopg.Connection, blocker: Blocker) -> None:
        try:
            was_ended = connection.execute(END, vars(blocker) | {"readers": list(READERS)}).fetchone() == (True,)
        except psycopg.errors.InsufficientPrivilege:
            statement = membership(blocker.role, connection.info.user).as_string(connection)
            log.warning("a writer waits for a reader", session=str(blocker), let_it_be_ended_by=statement)
            return
        if was_ended:
            self._ended_roles.add(blocker.role)
            log.warning("a reader kept a writer waiting and was ended", session=str(blocker))
            try:
                connection.execute(RECORD, vars(blocker))
            except psycopg.errors.UndefinedTable:
                log.info("no record of ended sessions before its migration")


@contextmanager
def readers_give_way(url: str, patience: Patience = PATIENCE) -> Iterator[None]:
    """Until the block ends, end the sessions of reading roles that keep the owner of the warehouse waiting."""
    watch = ReaderWatch(url, patience)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


def read_ended_sessions(connection: psycopg.Connection, batch: str) -> list[str]:
    """Who was ended since a batch began, a line each."""
    rows = connection.cursor(row_factory=class_row(Blocker)).execute(
        """
        select process_id, connected_at, role, application, transaction_at, query, held from ops.ended_sessions
        where ended_at >= (select started_at from ops.pipeline_runs where execution_batch_id = %s)
        order by ended_at
        """,
        (batch,),
    )
    return list(map(str, rows))


def shown(text: str) -> str:
    """A stranger's text as it may be logged: one line, no literals, for these may be secrets, and then cut."""
    without = LITERALS.sub("'…'", text)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in without).split())
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"
