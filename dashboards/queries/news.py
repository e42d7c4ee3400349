"""What is new in the market since the week before, for the page *Market this week*: a statement per kind of event."""

from datetime import date

import polars as pl

from dashboards.queries.publication import LATEST_WEEK, THE_WEEK, Publication

MOST_NEWS = 200

SHARES_CHANGED = f"""
    select 1 as kind, 'Shares changed' as what, symbol, corporate_action as detail, load_timestamp, execution_batch_id
    from gold.fact_adjusted_prices
    where week_ending = {THE_WEEK} and corporate_action <> 'dividend'
"""
# The seven days to the publication, or to the Saturday after an earlier week, which is when a week's prices come.
HISTORY_RESTATED = """
    select
        2, 'History restated', symbol, 'after a ' || cause || ': ' || rows_changed || ' weeks back to ' || first_week,
        loaded_at, execution_batch_id
    from silver.restatements
    where
        known_at > coalesce(({week}::date - 5)::timestamptz, {market_at}::timestamptz - interval '7 days')
        and known_at <= coalesce(({week}::date + 2)::timestamptz, 'infinity')
"""
FIRST_WEEK = f"""
    select
        3, 'First week on record', fact.symbol, 'close ' || trim_scale(fact.close_price), fact.load_timestamp,
        fact.execution_batch_id
    from gold.fact_adjusted_prices as fact
    inner join gold.mart_latest_week as stock
        on fact.symbol = stock.symbol and fact.week_ending = stock.first_week
    where fact.week_ending = {THE_WEEK} and fact.is_complete_week
"""
# A year's high or low says something of a stock that has a year, in a week whose prices stand on one scale.
NEW_EXTREME = f"""
    select
        case when coalesce(high_price, close_price) >= high_52w then 4 else 5 end,
        case when coalesce(high_price, close_price) >= high_52w then 'New 52-week high' else 'New 52-week low' end,
        symbol, 'close ' || trim_scale(close_price), load_timestamp, execution_batch_id
    from gold.fact_adjusted_prices
    where
        week_ending = {THE_WEEK}
        and is_complete_week and not is_mixed_scale and not is_tick_bound and return_52w_pct is not null
        and (coalesce(high_price, close_price) >= high_52w or coalesce(low_price, close_price) <= low_52w)
"""
# Of the latest week by what is active now; of an earlier one by the four weeks before it, which is what active means.
FELL_SILENT = f"""
    select 6, 'No price this week', symbol, 'newest week ' || newest_week, load_timestamp, execution_batch_id
    from gold.mart_latest_week
    where {{week}} is null and is_active and newest_week < {LATEST_WEEK}
"""
FELL_SILENT_THEN = """
    select
        6, 'No price that week', symbol, 'newest week before ' || max(week_ending), max(load_timestamp),
        (array_agg(execution_batch_id order by week_ending desc))[1]
    from gold.fact_adjusted_prices
    where week_ending between {week}::date - 28 and {week}::date and is_complete_week
    group by symbol
    having max(week_ending) < {week}::date
"""
EVENTS = " union all ".join((SHARES_CHANGED, HISTORY_RESTATED, FIRST_WEEK, NEW_EXTREME, FELL_SILENT, FELL_SILENT_THEN))


def news(published: Publication, *, week: date | None = None) -> pl.DataFrame:
    """What is new since the week before: highs and lows, splits, restated histories, stocks that came or fell silent.

    Shape:  one row per event, (what, symbol, company_name, detail), at most `MOST_NEWS`; `week` None is the latest.
    """
    statement = f"""
        select
            events.what,
            events.symbol,
            stock.company_name,
            events.detail,
            events.load_timestamp,
            events.execution_batch_id
        from ({EVENTS}) as events
        left join gold.dim_stock as stock
            on events.symbol = stock.symbol
        order by events.kind, events.symbol
        limit {{most}}
    """
    market_at = published.market_at.isoformat()
    return published.read(statement, week=week, market_at=market_at, most=MOST_NEWS)
