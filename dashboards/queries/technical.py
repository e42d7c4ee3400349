"""What the page *Technical* asks: the bars of a stock on one scale, with the indicators of each."""

from datetime import date, datetime

import polars as pl
import psycopg

from dashboards.queries.publication import Publication
from dashboards.reader import WarehouseDown, checked
from include.serving.missing_sessions import explain_gaps
from include.settings import Settings

INDICATORS = """
    {table}.sma_20,
    {table}.sma_50,
    {table}.sma_200,
    {table}.ema_12,
    {table}.ema_26,
    {table}.bollinger_upper,
    {table}.bollinger_lower,
    {table}.avg_volume_20,
    {table}.rsi_14,
    {table}.macd,
    {table}.macd_signal,
    {table}.macd_histogram
"""


def spans(published: Publication, symbol: str) -> pl.DataFrame:
    """Which days and weeks of a stock there are.

    Shape:  one row, (currency, first_day, last_day, first_week, last_week); the days null where it has none.
    """
    statement = """
        select
            stock.currency,
            days.first_day,
            days.last_day,
            stock.first_week,
            stock.last_week
        from gold.dim_stock as stock
        cross join lateral (
            select min(trade_date) as first_day, max(trade_date) as last_day
            from gold.fact_daily_prices
            where symbol = stock.symbol
        ) as days
        where stock.symbol = any({symbols})
    """
    return published.read(statement, symbols=checked([symbol]))


def days(published: Publication, symbol: str, *, since: date, until: date) -> pl.DataFrame:
    """The sessions of a stock from a day to a day, the open one included.

    Shape:  one row per bar (its day), sorted; prices null where their scale is unknown, an indicator in its warm-up.
    Units:  listing's currency and shares of the newest session: adjusted for splits and spin-offs, not for dividends.
    """
    statement = f"""
        select
            price.symbol,
            price.trade_date as bar,
            price.split_adj_open_price as open,
            price.split_adj_high_price as high,
            price.split_adj_low_price as low,
            price.split_adj_close_price as close,
            price.split_adj_volume as volume,
            {INDICATORS.format(table="indicator")},
            price.is_complete_day as is_complete,
            price.is_scale_unknown,
            price.is_action_day_unknown,
            day.week_ending,
            price.load_timestamp,
            price.execution_batch_id
        from gold.fact_daily_prices as price
        inner join gold.dim_trading_day as day
            on price.trading_day_id = day.trading_day_id
        left join gold.fact_technical_indicators as indicator
            on price.symbol = indicator.symbol and price.trade_date = indicator.trade_date
        where price.symbol = any({{symbols}}) and price.trade_date between {{since}} and {{until}}
        order by price.trade_date
    """
    return published.read(statement, symbols=checked([symbol]), since=since, until=until)


def weeks(published: Publication, symbol: str, *, since: date, until: date) -> pl.DataFrame:
    """The weeks of a stock from a day to a day, the open one included, as `days` gives sessions.

    Shape:  one row per bar (the week's Friday), sorted; open, high and low null in a week on two scales.
    Units:  as in `days`, of the newest week.
    """
    statement = f"""
        select
            price.symbol,
            price.week_ending as bar,
            case when not price.is_mixed_scale then price.open_price::float8 / price.later_price_factor end as open,
            case when not price.is_mixed_scale then price.high_price::float8 / price.later_price_factor end as high,
            case when not price.is_mixed_scale then price.low_price::float8 / price.later_price_factor end as low,
            price.close_price::float8 / price.later_price_factor as close,
            price.adj_volume::float8 as volume,
            {INDICATORS.format(table="indicator")},
            price.is_complete_week as is_complete,
            price.is_mixed_scale as is_scale_unknown,
            false as is_action_day_unknown,
            price.week_ending,
            price.load_timestamp,
            price.execution_batch_id
        from gold.fact_adjusted_prices as price
        left join gold.fact_weekly_technical_indicators as indicator
            on price.symbol = indicator.symbol and price.week_ending = indicator.week_ending
        where price.symbol = any({{symbols}}) and price.week_ending between {{since}} and {{until}}
        order by price.week_ending
    """
    return published.read(statement, symbols=checked([symbol]), since=since, until=until)


def gaps(published: Publication, symbol: str) -> pl.DataFrame:
    """The sessions that the daily series of a stock lacks.

    Shape:  one row per run of missing sessions, (symbol, first_session, last_session, sessions), sorted.
    """
    statement = """
        select symbol, first_session, last_session, sessions
        from gold.mart_daily_gaps
        where symbol = any({symbols})
        order by first_session
    """
    return published.read(statement, symbols=checked([symbol]))


def add_brought_by(settings: Settings, gaps: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Say of each gap what brings its sessions, as `explain_gaps` does.

    Shape:  (n, any) -> the same with `brought_by`.
    Raises: WarehouseDown.
    """
    try:
        return explain_gaps(settings, gaps, now)
    except psycopg.OperationalError as error:
        raise WarehouseDown(str(error)) from error
