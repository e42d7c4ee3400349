"""Gold is built by one at a time: two builds would share the tables of schema `audit`.

The lock is a table, because a role that may only read can take no lock that would stand in the way of this one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from include.errors import RunInProgress
from include.observability.runs import read_running
from include.warehouse.connection import connect

GOLD = "gold_star_schema"
# The row of a run whose Airflow was killed stays `running`: one that began longer ago does not count.
LONGEST_PUBLICATION = "2 hours"


@contextmanager
def publishing_from_the_shell(url: str | None = None) -> Iterator[None]:
    """Keep other builds out until the block ends, or this process.

    Raises: RunInProgress when Airflow or another shell is building.
    """
    # The lock lasts as long as this transaction, which holds no snapshot and so keeps no vacuum from its work.
    with connect(url) as holder:
        try:
            _lock(holder)
        except psycopg.errors.LockNotAvailable:
            raise RunInProgress("another shell is building gold right now; try again when it is done") from None
        # Order matters: the shell locks, then reads the runs; Airflow writes its run, then tests the lock. Whoever is
        # second sees the first.
        running = read_running(holder, GOLD, started_within=LONGEST_PUBLICATION)
        if running is not None:
            raise RunInProgress(f"Airflow is publishing gold right now ({running}); try again when it is done")
        holder.execute("set local lock_timeout = 0")  # without a new statement, the snapshot of the last one would last
        yield


def check_no_shell_publishes(connection: psycopg.Connection) -> None:
    """Let a run of Airflow wait for a build from the shell; outside a transaction.

    Raises: RunInProgress, which a retry mends.
    """
    try:
        with connection.transaction():
            _lock(connection)
    except psycopg.errors.LockNotAvailable:
        raise RunInProgress("`make dbt-run` is building gold right now") from None


def _lock(connection: psycopg.Connection) -> None:
    connection.execute("set local idle_in_transaction_session_timeout = 0")  # a server's own default may be short
    connection.execute("set local lock_timeout = '1s'")  # another check holds the lock for a moment only
    connection.execute("lock table ops.publish_lock in exclusive mode")
