"""One state of silver, of the symbols that gold was not published from as they are now."""

from typing import NamedTuple

import psycopg
from psycopg import sql

from include.observability.tables import table_exists

TABLES = (
    *("preparation", "prepared_symbols", "changed_days", "changed_actions"),
    *("daily_bars", "daily_indicators", "weekly_indicators", "daily_gaps"),
)
PUBLISHED = {"days": "fact_daily_prices", "day_bars": "fact_technical_indicators"} | {
    "week_bars": "fact_weekly_technical_indicators"
}
STATE = "concat_ws(' ', count(*), max(loaded_at), sum(hashtextextended(execution_batch_id, 0)))"

SYMBOLS = f"""
insert into audit.prepared_symbols
with days as (
    select symbol, count(*) as days, min(trade_date) as first_day, max(trade_date) as last_day, {STATE} as state
    from silver.daily_prices group by symbol
),
actions as (select symbol, {STATE} as state from silver.corporate_actions group by symbol),
weeks as (
    select
        symbol, count(*) as weeks, max(loaded_at) as loaded_at, sum(hashtextextended(execution_batch_id, 0)) as batches
    from silver.weekly_adjusted_prices group by symbol
),
lists as (
    select symbol, string_agg(distinct function, ' ') as known from silver.loaded_payloads
    where function in ('SPLITS', 'DIVIDENDS') group by symbol
),
silver as (
    select
        symbol, coalesce(days, 0) as days, first_day, last_day, coalesce(weeks, 0) as weeks,
        weeks.loaded_at as weeks_loaded_at, weeks.batches as weeks_batches,
        concat_ws(
            ', ', days.state, actions.state, weeks.loaded_at, weeks.batches,
            case when weeks.weeks is null then lists.known end
        ) as days_state
    from days full join weeks using (symbol) left join actions using (symbol) left join lists using (symbol)
),
held as ({{held}}),
published as (
    select
        *,
        code = %(code)s and gold_definition = ops.definition_of_gold() and not %(is_whole)s as is_same_code,
        (days, day_bars, week_bars) is not distinct from
        (coalesce(held.held_days, 0), coalesce(held.held_day_bars, 0), coalesce(held.held_week_bars, 0)) as is_held
    from audit.published_bars left join held using (symbol)
),
compared as (
    select
        symbol, silver.first_day, silver.last_day, silver.days_state, silver.weeks_loaded_at, silver.weeks_batches,
        coalesce(silver.days, 0) as days, coalesce(silver.weeks, 0) as weeks,
        greatest(silver.days, published.days) > 0 as has_days,
        greatest(silver.weeks, published.weeks) > 0 as has_weeks,
        coalesce(is_same_code and is_held, false) as is_comparable,
        published.days_state is not distinct from silver.days_state as is_days_same,
        (published.weeks, published.weeks_loaded_at, published.weeks_batches)
        is not distinct from (silver.weeks, silver.weeks_loaded_at, silver.weeks_batches) as is_weeks_same
    from silver full join published using (symbol)
)
select
    symbol, days, first_day, last_day, days_state, weeks, weeks_loaded_at, weeks_batches,
    has_days and not (is_comparable and is_days_same), has_weeks and not (is_comparable and is_weeks_same),
    pg_current_xact_id()::text::bigint
from compared
"""
ROWS = """
with copied_days as (
    insert into audit.changed_days
    select
        symbol, trade_date, open, high, low, close, volume,
        is_complete_day, has_rejected_fields, bronze_key, snapshot_id
    from silver.daily_prices inner join audit.prepared_symbols using (symbol)
    where is_days_changed
    returning 1
),
copied_actions as (
    insert into audit.changed_actions
    select symbol, ex_date, kind, factor, amount, snapshot_id
    from silver.corporate_actions inner join audit.prepared_symbols using (symbol)
    where is_days_changed
)
insert into audit.preparation (snapshot_id, code, is_whole, changed_days)
select
    pg_current_xact_id()::text::bigint, %(code)s,
    coalesce(
        (
            select bool_and((days = 0 or is_days_changed) and (weeks = 0 or is_weeks_changed))
            from audit.prepared_symbols
        ),
        true
    ),
    (select count(*) from copied_days)
"""


class Snapshot(NamedTuple):
    """A state of silver: its number, and the symbols of which the days, and the weeks, have changed since."""

    number: int
    days: list[str]
    weeks: list[str]

    @property
    def symbols(self) -> list[str]:
        """The symbols of which anything has changed, sorted."""
        return sorted({*self.days, *self.weeks})


def take_snapshot(connection: psycopg.Connection, *, code: str, is_whole: bool) -> Snapshot:
    """Copy the daily rows and listed actions of the symbols that changed into schema audit, in the transaction.

    A symbol changed where silver's rows of it, the code or the tables of gold are not those that it was published
    from, or where gold does not hold as many rows of it as were published. `is_whole` takes all.
    """
    connection.execute(f"truncate {', '.join(f'audit.{table}' for table in TABLES)}".encode())
    connection.execute(sql.SQL(SYMBOLS).format(held=_held(connection)), {"code": code, "is_whole": is_whole})
    connection.execute(ROWS, {"code": code})
    rows = connection.execute(
        "select symbol, is_days_changed, is_weeks_changed from audit.prepared_symbols order by symbol"
    ).fetchall()
    (number,) = connection.execute("select snapshot_id from audit.preparation").fetchone() or (0,)
    days, weeks = ([row[0] for row in rows if row[place]] for place in (1, 2))
    return Snapshot(number, days, weeks)


def _held(connection: psycopg.Connection) -> sql.Composed:
    """How many rows of each symbol the tables of gold hold; none where a table is not there yet."""
    counts: list[sql.Composable] = [
        sql.SQL("select symbol, {kind} as kind, count(*) as rows from {table} group by symbol").format(
            kind=sql.Literal(kind), table=sql.Identifier("gold", table)
        )
        for kind, table in PUBLISHED.items()
        if table_exists(connection, f"gold.{table}")
    ]
    nothing = sql.SQL("select null::text as symbol, null::text as kind, 0::bigint as rows where false")
    held = [
        sql.SQL("sum(rows) filter (where kind = {kind})::bigint as {name}").format(
            kind=sql.Literal(kind), name=sql.Identifier(f"held_{kind}")
        )
        for kind in PUBLISHED
    ]
    return sql.SQL("select symbol, {} from ({}) as counted group by symbol").format(
        sql.SQL(", ").join(held), sql.SQL(" union all ").join(counts or [nothing])
    )
