"""What the page *Pipeline* asks of the ledgers: runs, tickers, quarantined and rejected rows, checks."""

from collections.abc import Sequence

import polars as pl

from dashboards.queries.publication import PriceSource
from dashboards.reader import read_ledger
from include.observability.failures import NEWEST_FAILURES, STANDING_FAILURES

MOST_ROWS = 500


def price_source() -> PriceSource | None:
    """Where the prices of the warehouse come from, as `ops.market` says; None before the first run."""
    rows = read_ledger("select is_sample from ops.market")
    return PriceSource(is_sample=rows.item()) if rows.height else None


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


def newest_failures() -> pl.DataFrame:
    """The pipelines whose newest run failed, as far as the reason still stands.

    Shape:  one row per pipeline, (pipeline, error).
    """
    return read_ledger(NEWEST_FAILURES)


def standing_failures() -> pl.DataFrame:
    """The tickers that failed in a run of the last 30 days and have not come since.

    Shape:  one row per function and symbol, (symbol, function, reason, failed_at, execution_batch_id).
    """
    return read_ledger(STANDING_FAILURES)


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
        from unnest({symbols}::text[]) with ordinality as asked (symbol, position)
        left join lateral (
            select week.week_ending, week.execution_batch_id, week.loaded_at
            from silver.weekly_adjusted_prices as week
            where week.symbol = asked.symbol and week.is_complete_week
            order by week.week_ending desc
            limit 1
        ) as weekly
            on true
        order by asked.position
    """
    return read_ledger(statement, symbols=list(symbols))


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


def findings() -> pl.DataFrame:
    """What is odd about the daily bars that silver holds, the extreme first, then the newest sessions.

    Shape:  one row per symbol, check and session; `tickers` were examined, `of_level` have that level, on every row.
    """
    statement = """
        select
            symbol,
            check_name,
            level,
            last_session,
            words,
            found_at,
            execution_batch_id,
            count(*) filter (where check_name = 'date_range') over () as tickers,
            count(*) over (partition by level) as of_level
        from ops.findings
        order by level = 'info', level, last_session desc nulls last, symbol, check_name
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
