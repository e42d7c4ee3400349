"""What the page *Pipeline* asks of the ledgers: runs, credits, tickers, rejected rows, checks, lineage."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dashboards.reader import read_ledger

MOST_ROWS = 500
DAYS_OF_CREDITS = 14


@dataclass(frozen=True)
class Market:
    """Which market the warehouse holds, as `ops.market` says."""

    is_sample: bool


def market() -> Market | None:
    """The market of the warehouse; None before the first run."""
    rows = read_ledger("select is_sample from ops.market")
    return Market(is_sample=rows.item()) if rows.height else None


def runs() -> pl.DataFrame:
    """The newest runs of every pipeline.

    Shape:  one row per batch, the newest first.
    Units:  seconds on the wall, moments in UTC.
    """
    statement = """
        select
            execution_batch_id,
            pipeline,
            status,
            started_at,
            seconds,
            tickers_planned,
            tickers_fetched,
            tickers_unchanged,
            tickers_deferred,
            tickers_failed,
            rows_received,
            rows_rejected,
            rows_inserted,
            rows_updated,
            rows_unchanged,
            error,
            market_at
        from ops.pipeline_runs
        order by started_at desc
        limit {most}
    """
    return read_ledger(statement, most=MOST_ROWS)


def tickers(symbols: Sequence[str]) -> pl.DataFrame:
    """What silver holds of each ticker, and when the source was asked last.

    Shape:  one row per symbol, (symbol, newest_week, newest_day, answered_at, execution_batch_id), in their order.
    Units:  `answered_at` by the market's clock, UTC.
    """
    statement = """
        select
            asked.symbol,
            weekly.week_ending as newest_week,
            (
                select max(day.trade_date)
                from silver.daily_prices as day
                where day.symbol = asked.symbol and day.is_complete_day
            ) as newest_day,
            (
                select call.market_at
                from ops.api_calls as call
                where
                    call.function = 'TIME_SERIES_WEEKLY_ADJUSTED'
                    and call.symbol = asked.symbol
                    and call.outcome = 'answered'
                order by call.called_at desc
                limit 1
            ) as answered_at,
            weekly.execution_batch_id,
            weekly.loaded_at
        from unnest({symbols}::text[]) with ordinality as asked (symbol, place)
        left join lateral (
            select week.week_ending, week.execution_batch_id, week.loaded_at
            from silver.weekly_adjusted_prices as week
            where week.symbol = asked.symbol and week.is_complete_week
            order by week.week_ending desc
            limit 1
        ) as weekly
            on true
        order by asked.place
    """
    return read_ledger(statement, symbols=list(symbols))


def credits_by_day() -> pl.DataFrame:
    """Credits spent on each of the newest days, by function and outcome.

    Shape:  one row per day (UTC, wall clock), function and outcome.
    """
    statement = """
        select
            called_at::date as day,
            function,
            outcome,
            count(*) as credits,
            max(called_at) as called_at,
            max(execution_batch_id) as execution_batch_id
        from ops.api_calls
        where called_at > now() - make_interval(days => {days})
        group by called_at::date, function, outcome
        order by day, function, outcome
    """
    return read_ledger(statement, days=DAYS_OF_CREDITS)


def credits_spent() -> tuple[int, bool]:
    """Credits of the last 24 hours, and whether the source itself said that the day is spent."""
    statement = """
        select
            count(*) as spent,
            coalesce(
                (select closed_until > now() from ops.api_pace where source = 'alpha_vantage'), false
            ) as is_closed
        from ops.api_calls
        where source = 'alpha_vantage' and called_at > now() - interval '24 hours'
    """
    spent, is_closed = read_ledger(statement).row(0)
    return int(spent), bool(is_closed)


def rejected_rows() -> pl.DataFrame:
    """The newest rows and fields that could not be believed.

    Shape:  one row per object, row and field, the newest first; `field` is null for a whole row.
    """
    statement = """
        select
            symbol,
            function,
            row_date,
            field,
            reason,
            raw_values,
            bronze_key,
            row_number,
            execution_batch_id,
            loaded_at
        from silver.rejected_rows
        order by loaded_at desc, bronze_key asc, row_number asc, field asc
        limit {most}
    """
    return read_ledger(statement, most=MOST_ROWS)


def quarantines() -> pl.DataFrame:
    """What is quarantined now: payloads that silver did not take in, and symbols that a publication left out.

    Shape:  one row per place, symbol and object, the oldest first; `published_rows` is null of a payload.
    Units:  `since` in UTC, of a payload by the market's clock.
    """
    statement = """
        select
            symbol,
            place,
            rule,
            week_ending,
            value,
            bound,
            published_rows,
            since,
            way_out,
            function,
            bronze_key,
            execution_batch_id
        from ops.quarantines
        where ended_at is null
        order by since asc, symbol asc, place asc
        limit {most}
    """
    return read_ledger(statement, most=MOST_ROWS)


def checks() -> pl.DataFrame:
    """What each check of dbt found when it ran last.

    Shape:  one row per check, those that did not pass first, errors before warnings.
    Units:  rows that broke the rule; seconds on the wall; `checked_at` in UTC.
    """
    statement = """
        select
            rule,
            checked_table,
            severity,
            status,
            failing_rows,
            seconds,
            message,
            failing_rows_table,
            checked_at,
            check_name,
            execution_batch_id
        from ops.check_results
        order by status = 'pass', severity, failing_rows desc nulls last, checked_table, rule
    """
    return read_ledger(statement)


def calls_of(batch: str) -> pl.DataFrame:
    """From each API call of a batch to the rows it brought.

    Shape:  one row per credit that the batch spent, in the order of the calls.
    Units:  seconds of the call; bytes of the payload; rows of silver.
    """
    statement = """
        select
            api_call.called_at,
            api_call.function,
            api_call.symbol,
            api_call.outcome,
            api_call.seconds,
            api_call.bytes,
            api_call.bronze_key,
            loaded.rows_received,
            loaded.rows_rejected,
            loaded.rows_inserted + loaded.rows_updated as rows_changed,
            api_call.message,
            api_call.execution_batch_id
        from ops.api_calls as api_call
        left join silver.loaded_payloads as loaded
            on api_call.bronze_key = loaded.bronze_key
        where api_call.execution_batch_id = {batch}
        order by api_call.call_id
        limit {most}
    """
    return read_ledger(statement, batch=batch, most=MOST_ROWS)


def trail_of(batch: str) -> pl.DataFrame:
    """What a batch left behind in each layer, from API call to chart.

    Shape:  (place, layer, what, rows, at), a row per layer in the order of the flow; `at` null where it left nothing.
    """
    statement = """
        select 1 as place, 'source' as layer, 'API calls' as what, count(*) as rows, max(called_at) as at
        from ops.api_calls
        where execution_batch_id = {batch}
        union all
        select 2, 'bronze', 'payloads stored or held already', count(distinct bronze_key), max(called_at)
        from ops.api_calls
        where execution_batch_id = {batch} and bronze_key is not null
        union all
        select 3, 'silver', 'payloads loaded', count(*), max(loaded_at)
        from silver.loaded_payloads
        where execution_batch_id = {batch}
        union all
        select 4, 'silver', 'rows changed by these payloads', coalesce(sum(rows_inserted + rows_updated), 0)::bigint,
            max(loaded_at)
        from silver.loaded_payloads
        where execution_batch_id = {batch}
    """
    of_gold = """
        union all
        select 5, 'gold', 'publications under this batch id', count(*), max(published_at)
        from gold.publications
        where execution_batch_id = {batch}
        union all
        select 6, 'gold', 'rows of the fact inserted or updated',
            coalesce(sum(rows_inserted + rows_updated), 0)::bigint, max(published_at)
        from gold.publications
        where execution_batch_id = {batch}
        union all
        select 7, 'charts', 'stocks whose newest week carries this batch id', count(*), max(load_timestamp)
        from gold.mart_latest_week
        where execution_batch_id = {batch}
    """
    is_built = read_ledger("select to_regclass('gold.publications') is not null as is_built").item()
    return read_ledger(statement + of_gold if is_built else statement, batch=batch).sort("place")
