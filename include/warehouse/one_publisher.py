"""Gold is built by one at a time: two builds would share the tables of schema `audit`."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from include.errors import RunInProgress

SHELL_LOCK = 7_242_002  # any constant; held by a build from the shell for as long as it lives
GOLD = "gold_star_schema"
# A run whose Airflow was killed never closes its row; the next one does, or time.
LONGEST_PUBLICATION = "2 hours"


@contextmanager
def publishing_from_the_shell(connection: psycopg.Connection) -> Iterator[None]:
    """Keep other builds out until the block ends, or this process.

    Raises: RunInProgress when Airflow or another shell is building.
    """
    # First the lock, then the look; Airflow first writes its row, then tests the lock: one of the two sees the other.
    if not _try_lock(connection):
        raise RunInProgress("another shell is building gold right now; try again when it is done")
    running = connection.execute(
        """
        select execution_batch_id from ops.pipeline_runs
        where pipeline = %s and status = 'running' and started_at > now() - %s::interval
        """,
        (GOLD, LONGEST_PUBLICATION),
    ).fetchone()
    connection.commit()  # the lock is the session's; no transaction stays open meanwhile
    if running is not None:
        raise RunInProgress(f"Airflow is publishing gold right now ({running[0]}); try again when it is done")
    yield


def check_no_shell_publishes(connection: psycopg.Connection) -> None:
    """Let a run of Airflow wait for a build from the shell.

    Raises: RunInProgress, which a retry mends.
    """
    if not _try_lock(connection):
        raise RunInProgress("`make dbt-run` is building gold right now")
    connection.execute("select pg_advisory_unlock(%s)", (SHELL_LOCK,))


def _try_lock(connection: psycopg.Connection) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", (SHELL_LOCK,)).fetchone()
    return bool(row and row[0])
