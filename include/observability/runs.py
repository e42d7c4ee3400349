"""The run ledger in `ops`: what a batch planned, what became of each ticker, and how it ended.

Counts come from here and not from XCom: a task that dies has still said how far it came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from include.errors import MarketMismatch
from include.observability.tables import table_exists

# Planned or fetched at the end of a run means: the work on that ticker never came to its end.
UNFINISHED = ("planned", "fetched")


@dataclass(frozen=True)
class RunCounts:
    """The sums of a batch, in tickers and in rows, named as in `ops.pipeline_runs`."""

    tickers_planned: int
    tickers_fetched: int
    tickers_unchanged: int
    tickers_deferred: int
    tickers_failed: int
    rows_received: int
    rows_kept: int
    rows_combined: int
    rows_rejected: int
    rows_inserted: int
    rows_updated: int
    rows_deleted: int
    rows_unchanged: int

    @property
    def rows_changed(self) -> int:
        """Rows of silver that this batch changed."""
        return self.rows_inserted + self.rows_updated + self.rows_deleted


def claim_market(connection: psycopg.Connection, *, is_sample: bool) -> None:
    """Write down which market the warehouse holds, once and for all.

    Raises: MarketMismatch when it already holds the other one.
    """
    connection.execute("insert into ops.market (is_sample) values (%s) on conflict do nothing", (is_sample,))
    row = connection.execute("select is_sample from ops.market").fetchone()
    if row is not None and row[0] != is_sample:
        held, asked = ("sample", "live") if row[0] else ("live", "sample")
        raise MarketMismatch(
            f"the warehouse holds the {held} market, the settings ask for the {asked} one; the two never share tables."
            " Give the other one a STOCKLAKE_HOME (or DB_URL and BRONZE_BUCKET) of its own, or start anew: `make clean`"
        )


def open_run(connection: psycopg.Connection, batch: str, *, market_at: datetime) -> None:
    """Begin a batch, or begin it again; runs of the same pipeline that never ended are closed as failed.

    A batch is named `<pipeline>:<run>`.
    """
    pipeline = batch.partition(":")[0]
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


def write_plan(
    connection: psycopg.Connection, batch: str, function: str, plan: Iterable[tuple[str, str, str, datetime | None]]
) -> None:
    """Write one row per ticker; a plan made again for the same batch replaces the first.

    Shape:  plan, per ticker (symbol, status, reason, goes_on_at).
    """
    connection.execute("delete from ops.ticker_runs where execution_batch_id = %s and function = %s", (batch, function))
    statement = """
        copy ops.ticker_runs (execution_batch_id, function, symbol, status, reason, goes_on_at) from stdin
    """
    with connection.cursor().copy(statement) as copy:
        for line in plan:
            copy.write_row((batch, function, *line))


def note_ticker(
    connection: psycopg.Connection,
    batch: str,
    function: str,
    symbol: str,
    status: str,
    *,
    reason: str | None = None,
    bronze_key: str | None = None,
) -> None:
    """Write down how far a ticker has come; committed at once, so that a killed worker leaves the truth."""
    with connection.transaction():
        connection.execute(
            """
            update ops.ticker_runs
            set status = %s, reason = %s, bronze_key = coalesce(%s, bronze_key), updated_at = now()
            where execution_batch_id = %s and function = %s and symbol = %s
            """,
            (status, reason, bronze_key, batch, function, symbol),
        )


def skip_planned(
    connection: psycopg.Connection, batch: str, function: str, symbols: Sequence[str], *, reason: str
) -> None:
    """The budget is closed: those of the symbols that were not asked yet go on when a credit is a day old again."""
    connection.execute(
        """
        update ops.ticker_runs
        set status = 'skipped', reason = %s, updated_at = now(), goes_on_at = coalesce(
            (select closed_until from ops.api_pace where closed_until > now()),
            (
                select min(called_at) + interval '24 hours' from ops.api_calls
                where called_at > now() - interval '24 hours'
            )
        )
        where execution_batch_id = %s and function = %s and symbol = any(%s) and status = 'planned'
        """,
        (reason, batch, function, list(symbols)),
    )


def read_symbols(
    connection: psycopg.Connection, batch: str, function: str, symbols: Sequence[str], *, status: str
) -> list[str]:
    """Those of the symbols that have a status in this batch, in the order given."""
    rows = connection.execute(
        """
        select symbol from ops.ticker_runs
        where execution_batch_id = %s and function = %s and symbol = any(%s) and status = %s
        """,
        (batch, function, list(symbols), status),
    ).fetchall()
    found = {symbol for (symbol,) in rows}
    return [symbol for symbol in symbols if symbol in found]


def fail_unfinished(connection: psycopg.Connection, batch: str, function: str) -> None:
    """A ticker still on its way when the run reports has failed."""
    connection.execute(
        """
        update ops.ticker_runs
        set status = 'failed', reason = case status
            when 'fetched' then 'fetched, but not loaded: see the log of the normalize task'
            else coalesce(reason, 'its task ended without a word') end
        where execution_batch_id = %s and function = %s and status = any(%s)
        """,
        (batch, function, list(UNFINISHED)),
    )


def read_failures(connection: psycopg.Connection, batch: str) -> list[tuple[str, str]]:
    """Each failed ticker of a batch with the reason, in the source's own words where it spoke."""
    return connection.execute(
        """
        select symbol, coalesce(reason, 'no reason recorded') from ops.ticker_runs
        where execution_batch_id = %s and status = 'failed' order by symbol
        """,
        (batch,),
    ).fetchall()


def read_full_pass(connection: psycopg.Connection, batch: str) -> datetime | None:
    """When the last of the tickers that a batch put off will have had its turn; none if it put off none."""
    row = connection.execute(
        """
        select max(goes_on_at) from ops.ticker_runs
        where execution_batch_id = %s and status in ('deferred', 'skipped')
        """,
        (batch,),
    ).fetchone()
    return row[0] if row else None


def write_counts(connection: psycopg.Connection, batch: str) -> RunCounts:
    """Sum up what the tickers and the answers of a batch say, and put it on the batch's row.

    Raises: psycopg.DataError when the batch was never opened.
    """
    names = [field.name for field in fields(RunCounts)]
    row = connection.execute(
        f"""
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
        answers as (
            select {", ".join(f"coalesce(sum({name}), 0) as {name}" for name in names if name.startswith("rows_"))}
            from silver.loaded_answers where execution_batch_id = %(batch)s
        )
        update ops.pipeline_runs as run set {", ".join(f"{name} = sums.{name}" for name in names)}
        from (select * from tickers cross join answers) as sums
        where run.execution_batch_id = %(batch)s
        returning {", ".join(f"run.{name}" for name in names)}
        """,
        {"batch": batch},
    ).fetchone()
    if row is None:
        raise psycopg.DataError(f"batch {batch} was never opened in ops.pipeline_runs")
    return RunCounts(*row)


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


def last_publication(connection: psycopg.Connection) -> datetime:
    """When gold was published last; long ago if it never was."""
    if not table_exists(connection, "gold.publications"):
        return datetime.min.replace(tzinfo=UTC)
    row = connection.execute("select max(published_at) from gold.publications").fetchone()
    return row[0] if row and row[0] else datetime.min.replace(tzinfo=UTC)


def note_project_state(connection: psycopg.Connection, batch: str, state: str | None) -> None:
    """Write down which state of the dbt project was published, and so that this batch published."""
    connection.execute(
        "update ops.pipeline_runs set dbt_project_state = %s where execution_batch_id = %s", (state, batch)
    )


def published_project_state(connection: psycopg.Connection) -> str | None:
    """Which state of the dbt project the newest publication of Airflow ran, also where it left symbols out."""
    row = connection.execute(
        """
        select dbt_project_state from ops.pipeline_runs
        where pipeline = 'gold_star_schema' and (status = 'success' or dbt_project_state is not null)
        order by finished_at desc limit 1
        """
    ).fetchone()
    return row[0] if row else None


def read_gold_counts(connection: psycopg.Connection) -> dict[str, int]:
    """Rows of each table of gold, by name."""
    tables = connection.execute(
        "select tablename from pg_tables where schemaname = 'gold' order by tablename"
    ).fetchall()
    counts = {}
    for (table,) in tables:
        row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("gold", table))).fetchone()
        counts[table] = row[0] if row else 0
    return counts
