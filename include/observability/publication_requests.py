"""`ops.publication_requests`: the batches that asked for a publication which has not begun to read silver.

Such a publication takes up what other batches change until then, so that runs that go on at the same time need one.
"""

import time
from collections.abc import Sequence

import psycopg

# A request that no publication followed is forgotten, and the next batch asks again.
FORGOTTEN_AFTER = "10 minutes"
# The row of a run whose Airflow was killed stays `running`, and one with a long back-off is not waited for.
LONGEST_WAIT_SECONDS = 120.0
PAUSE_SECONDS = 0.5


def request_publication(connection: psycopg.Connection, batch: str) -> bool:
    """Ask for a publication, unless another batch has asked for one that will take up the rows of this one too.

    Shape:  -> whether this batch has to tell gold; until the transaction ends no other batch asks, and none begins.
    """
    connection.execute("lock table ops.publication_requests in share row exclusive mode")
    row = connection.execute(
        """
        select from ops.publication_requests
        where execution_batch_id <> %s and requested_at > clock_timestamp() - %s::interval
        """,
        (batch, FORGOTTEN_AFTER),
    ).fetchone()
    if row is None:
        connection.execute(
            """
            insert into ops.publication_requests values (%s, clock_timestamp())
            on conflict (execution_batch_id) do update set requested_at = excluded.requested_at
            """,
            (batch,),
        )
    return row is None


def take_requests(connection: psycopg.Connection, triggered_by: Sequence[str]) -> None:
    """Begin to read silver: what a batch changes from now on needs another publication.

    Other batches that are under way are waited for, for a while, so that one publication holds them all.
    """
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while _is_any_under_way(connection, triggered_by) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    connection.execute("delete from ops.publication_requests")
    connection.commit()


def _is_any_under_way(connection: psycopg.Connection, but: Sequence[str]) -> bool:
    row = connection.execute(
        """
        select from ops.pipeline_runs
        where status = 'running' and pipeline <> 'gold_star_schema' and execution_batch_id <> all(%s)
            and execution_batch_id not like '%%:shell\\_\\_%%' and started_at > clock_timestamp() - %s::interval
        """,
        (list(but), FORGOTTEN_AFTER),
    ).fetchone()
    connection.commit()
    return row is not None
