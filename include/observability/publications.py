"""What was published: a row of `gold.publications` per commit, and what gold lacks of what silver holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from include.observability.tables import table_exists

FACT = "gold.fact_adjusted_prices"
NEVER = datetime.min.replace(tzinfo=UTC)  # when gold was published last, if it never was


@dataclass(frozen=True)
class Publication:
    """A commit of gold.

    Units:  `rows_changed` counts the rows that it added, changed or removed in all tables of gold.
    """

    execution_batch_id: str
    published_at: datetime
    rows_changed: int


def read_publication(connection: psycopg.Connection, *, after: datetime) -> Publication | None:
    """The newest publication after a moment; None where nothing was committed since."""
    if not table_exists(connection, "gold.publications"):
        return None
    row = connection.execute(
        """
        select execution_batch_id, published_at, rows_inserted + rows_updated + rows_deleted + other_rows_changed
        from gold.publications where published_at > %s order by published_at desc limit 1
        """,
        (after,),
    ).fetchone()
    return Publication(*row) if row else None


def last_publication(connection: psycopg.Connection) -> datetime:
    """When gold was published last; NEVER if it never was."""
    if not table_exists(connection, "gold.publications"):
        return NEVER
    row = connection.execute("select max(published_at) from gold.publications").fetchone()
    return row[0] if row and row[0] else NEVER


def write_project_fingerprint(connection: psycopg.Connection, batch: str, state: str | None) -> None:
    """Write down which state of the dbt project was published, and so that this batch published."""
    connection.execute(
        "update ops.pipeline_runs set dbt_project_fingerprint = %s where execution_batch_id = %s", (state, batch)
    )


def read_published_fingerprint(connection: psycopg.Connection) -> str | None:
    """Which state of the dbt project the newest publication of Airflow ran, also where it left symbols out."""
    row = connection.execute(
        """
        select dbt_project_fingerprint from ops.pipeline_runs
        where pipeline = 'gold_star_schema' and (status = 'success' or dbt_project_fingerprint is not null)
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


def end_build(connection: psycopg.Connection, batch: str) -> None:
    """Let nothing of this batch be published from now on; what is being published is waited for.

    A worker that Airflow has given up may live: it would publish after its run was reported as failed.
    """
    if table_exists(connection, "audit.current_build"):
        connection.execute("delete from audit.current_build where execution_batch_id = %s", (batch,))
        connection.commit()


def read_newest_batches(connection: psycopg.Connection, *, after: datetime) -> tuple[str | None, str | None]:
    """The newest batches that changed weeks, and days or the actions listed of them, after a publication."""
    newest = "select execution_batch_id from silver.{} where loaded_at > %s order by loaded_at desc limit 1"
    weekly, daily, listed = (
        connection.execute(newest.format(table).encode(), (after,)).fetchone()
        for table in ("weekly_adjusted_prices", "daily_prices", "corporate_actions")
    )
    of_days = daily or listed
    return weekly[0] if weekly else None, of_days[0] if of_days else None


def count_unpublished_rows(
    connection: psycopg.Connection, tables: Iterable[str], *, published_at: datetime, batch: str | None = None
) -> int:
    """Rows of silver that gold must take up: what changed since a publication, by whatever batch, or in this batch.

    Gold reads the lists of actions beside daily prices only; what they decide of weeks counts as changed weeks.
    Units:  the larger of the rows that changed and of the weeks that gold lacks or holds too many; all weeks where one
            of the tables of gold is missing.
    """
    row = connection.execute(
        """
        select greatest(
            -- What payloads changed, rows that are gone included …
            (
                select coalesce(sum(rows_inserted + rows_updated + rows_deleted), 0)
                from silver.loaded_payloads as payload
                where (execution_batch_id = %(batch)s or loaded_at > %(published_at)s) and (
                    function not in ('SPLITS', 'DIVIDENDS')
                    or exists (select from silver.daily_prices where symbol = payload.symbol)
                )
            ),
            -- … and what a replay changed after a rule did.
            (select count(*) from silver.weekly_adjusted_prices where loaded_at > %(published_at)s),
            (select count(*) from silver.company_overview where loaded_at > %(published_at)s),
            (select count(*) from silver.daily_prices where loaded_at > %(published_at)s),
            (
                select count(*) from silver.corporate_actions as action where loaded_at > %(published_at)s
                and exists (select from silver.daily_prices where symbol = action.symbol)
            )
        )
        """,
        {"batch": batch, "published_at": published_at},
    ).fetchone()
    return max(int(row[0]) if row else 0, _count_unpublished_weeks(connection, tables))


def _count_unpublished_weeks(connection: psycopg.Connection, tables: Iterable[str]) -> int:
    """Weeks of silver that gold does not hold, or holds too many: all of them where one of the tables is missing.

    A symbol that is quarantined at publication is left out: gold holds what it held.
    """
    is_missing = any(not table_exists(connection, table) for table in (FACT, *tables))
    held = "select null::text as symbol, 0 as weeks where false" if is_missing else _weeks_by_symbol(FACT)
    row = connection.execute(
        f"""
        select coalesce(sum(abs(coalesce(silver.weeks, 0) - coalesce(gold.weeks, 0))), 0)
        from ({_weeks_by_symbol("silver.weekly_adjusted_prices")}) as silver
        full join ({held}) as gold using (symbol)
        where symbol not in (
            select symbol from ops.quarantines where place = 'publication' and ended_at is null
        )
        """.encode()
    ).fetchone()
    return int(row[0]) if row else 0


def _weeks_by_symbol(table: str) -> str:
    return f"select symbol, count(*) as weeks from {table} group by symbol"
