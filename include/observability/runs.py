"""`ops.pipeline_runs`: a row per batch, opened by its first task and closed by its last.

Counts come from here and not from XCom: a task that dies has still said how far it came.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg
from psycopg.rows import dict_row

from include.observability.batch import BatchId

# The sums of a batch, named as in `ops.pipeline_runs`.
TICKER_COUNTS = ("tickers_planned", "tickers_fetched", "tickers_unchanged", "tickers_deferred", "tickers_failed")
ROWS_OF_PAYLOADS = ("rows_received", "rows_kept", "rows_combined", "rows_rejected")
ROWS_OF_SILVER = ("rows_inserted", "rows_updated", "rows_deleted", "rows_unchanged")
COUNTS = TICKER_COUNTS + ROWS_OF_PAYLOADS + ROWS_OF_SILVER


def open_run(connection: psycopg.Connection, batch: str, *, market_at: datetime) -> None:
    """Begin a batch, or begin it again; runs of the same pipeline that never ended are closed as failed."""
    pipeline = BatchId(batch).pipeline
    connection.execute(
        """
        update ops.pipeline_runs set status = 'failed', finished_at = now(), error = 'the run ended without a report'
        where pipeline = %s and status = 'running' and execution_batch_id <> %s
        """,
        (pipeline, batch),
    )
    connection.execute(
        """
        insert into ops.pipeline_runs (execution_batch_id, pipeline, status, market_at)
        values (%s, %s, 'running', %s)
        on conflict (execution_batch_id) do update set status = 'running', finished_at = null, error = null
        """,
        (batch, pipeline, market_at),
    )


def close_run(connection: psycopg.Connection, batch: str, *, error: str | None = None) -> None:
    """End a batch: successfully, or with the error in words."""
    connection.execute(
        "update ops.pipeline_runs set status = %s, finished_at = now(), error = %s where execution_batch_id = %s",
        ("failed" if error else "success", error, batch),
    )


def read_running(connection: psycopg.Connection, pipeline: str, *, started_within: str) -> str | None:
    """The batch of a pipeline that is under way and began no longer ago than an interval; None where there is none."""
    row = connection.execute(
        """
        select execution_batch_id from ops.pipeline_runs
        where pipeline = %s and status = 'running' and started_at > now() - %s::interval
        """,
        (pipeline, started_within),
    ).fetchone()
    return row[0] if row else None


def read_error(connection: psycopg.Connection, batch: str) -> str | None:
    """Why a batch failed, in words; None where it did not, or is still under way."""
    row = connection.execute("select error from ops.pipeline_runs where execution_batch_id = %s", (batch,)).fetchone()
    return row[0] if row else None


def have_run(connection: psycopg.Connection, pipelines: Sequence[str]) -> bool:
    """Whether each of the pipelines ever ran to its end, well or not."""
    row = connection.execute(
        "select count(distinct pipeline) from ops.pipeline_runs where pipeline = any(%s) and finished_at is not null",
        (list(pipelines),),
    ).fetchone()
    return row is not None and row[0] == len(pipelines)


def read_market_at(connection: psycopg.Connection, batch: str) -> datetime:
    """When a batch began, by the market's clock.

    Raises: psycopg.DataError when it was never opened.
    """
    row = connection.execute(
        "select market_at from ops.pipeline_runs where execution_batch_id = %s", (batch,)
    ).fetchone()
    if row is None:
        raise psycopg.DataError(f"batch {batch} was never opened in ops.pipeline_runs")
    moment: datetime = row[0]
    return moment


def read_seconds(connection: psycopg.Connection, batch: str) -> int:
    """How many seconds a batch has taken until now."""
    query = (
        "select extract(epoch from now() - started_at)::integer from ops.pipeline_runs where execution_batch_id = %s"
    )
    row = connection.execute(query, (batch,)).fetchone()
    return row[0] if row else 0


def read_counts(connection: psycopg.Connection, batch: str) -> dict[str, int] | None:
    """What `write_counts` summed up; None of a batch that was never opened."""
    query = f"select {', '.join(COUNTS)} from ops.pipeline_runs where execution_batch_id = %s"
    return connection.cursor(row_factory=dict_row).execute(query.encode(), (batch,)).fetchone()


def write_counts(connection: psycopg.Connection, batch: str) -> dict[str, int]:
    """Sum up what the tickers and the payloads of a batch say, and put it on the batch's row.

    Shape:  -> COUNTS by name.
    Raises: psycopg.DataError when the batch was never opened.
    """
    query = f"""
        with tickers as (
            select
                count(*) filter (where status <> all(array['current', 'refused', 'deferred', 'quarantined']))
                    as tickers_planned,
                count(*) filter (where status in ('fetched', 'loaded')) as tickers_fetched,
                count(*) filter (where status = 'unchanged') as tickers_unchanged,
                count(*) filter (where status in ('deferred', 'skipped')) as tickers_deferred,
                count(*) filter (where status = 'failed') as tickers_failed
            from ops.ticker_runs where execution_batch_id = %(batch)s
        ),
        payloads as (
            select {", ".join(f"coalesce(sum({name}), 0) as {name}" for name in ROWS_OF_PAYLOADS + ROWS_OF_SILVER)}
            from silver.loaded_payloads where execution_batch_id = %(batch)s
        )
        update ops.pipeline_runs as run set {", ".join(f"{name} = sums.{name}" for name in COUNTS)}
        from (select * from tickers cross join payloads) as sums
        where run.execution_batch_id = %(batch)s
        returning {", ".join(f"run.{name}" for name in COUNTS)}
    """
    counts = connection.cursor(row_factory=dict_row).execute(query.encode(), {"batch": batch}).fetchone()
    if counts is None:
        raise psycopg.DataError(f"batch {batch} was never opened in ops.pipeline_runs")
    return counts


def write_changes(connection: psycopg.Connection, batch: str, changed: Mapping[str, int]) -> None:
    """Put on the row of a batch what it changed in silver, where the payloads did not come with it: of a replay.

    Shape:  changed, rows by what was done: inserted, updated, deleted.
    """
    connection.execute(
        """
        update ops.pipeline_runs set rows_inserted = %s, rows_updated = %s, rows_deleted = %s
        where execution_batch_id = %s
        """,
        (*(changed.get(what, 0) for what in ("inserted", "updated", "deleted")), batch),
    )
