"""What the page *Stock* asks about one stock."""

from datetime import date

import polars as pl

from dashboards.queries.publication import Publication
from dashboards.queries.stock_actions import CHANGE_WORDS, HAS_DIVIDEND
from dashboards.reader import checked

ACTION = f"""
    case
        when split_to <> split_from then 'split'
        when other_factor <> 1 or unit_factor <> 1 or is_special_dividend then 'other'
        when {HAS_DIVIDEND} then 'dividend'
    end
"""
ACTION_WORDS = f"""
    concat_ws(
        ', ',
        nullif({CHANGE_WORDS}, ''),
        case
            when {HAS_DIVIDEND}
                then 'dividend ' || coalesce(trim_scale(dividend_per_share)::text, 'of unknown amount')
        end
    )
"""


def company(published: Publication, symbol: str) -> pl.DataFrame:
    """The newest complete week of a stock, and what its company is.

    Shape:  one row.
    Units:  prices and market capitalisation in the listing's currency, `*_pct` in percent.
    """
    statement = """
        select
            stock.symbol,
            stock.company_name,
            stock.sector,
            stock.industry,
            stock.exchange,
            stock.country,
            stock.currency,
            stock.asset_type,
            stock.is_active,
            stock.first_week,
            newest.week_ending,
            stock.complete_weeks,
            newest.close_price::double precision as close_price,
            newest.weekly_return_pct as return_1w_pct,
            newest.return_52w_pct,
            newest.return_z_score,
            newest.volatility_pct,
            newest.high_52w::double precision as high_52w,
            newest.low_52w::double precision as low_52w,
            newest.drawdown_pct,
            newest.dividend_yield_pct,
            newest.dividend_count_12m,
            overview.fiscal_year_end,
            overview.latest_quarter,
            overview.market_capitalization::double precision as market_capitalization,
            overview.shares_outstanding::double precision as shares_outstanding,
            overview.description,
            newest.load_timestamp,
            newest.execution_batch_id
        from gold.mart_latest_week as stock
        inner join gold.fact_adjusted_prices as newest
            on stock.symbol = newest.symbol and stock.newest_week = newest.week_ending
        left join silver.company_overview as overview
            on stock.symbol = overview.symbol
        where stock.symbol = any({symbols})
    """
    return published.read(statement, symbols=checked([symbol]))


def weeks(published: Publication, symbol: str, *, since: date | None, until: date | None = None) -> pl.DataFrame:
    """The weeks of a stock, the open one included: raw, adjusted, and as the growth of 10,000.

    Shape:  one row per week_ending, sorted; `action` is dividend, split or other, null in a usual week, `change_words`
            what it is beside a dividend; any price but the close, the volume and a dividend's amount may be null.
    Units:  listing's currency, a dividend per share of its week; `growth_of_10000` in it too, dividends put back into
            the shares.
    """
    statement = f"""
        select
            symbol,
            week_ending,
            price_date,
            open_price::double precision as open_price,
            high_price::double precision as high_price,
            low_price::double precision as low_price,
            close_price::double precision as close_price,
            trade_volume::double precision as trade_volume,
            adj_open_price::double precision as adj_open_price,
            adj_high_price::double precision as adj_high_price,
            adj_low_price::double precision as adj_low_price,
            adj_close_price::double precision as adj_close_price,
            adj_volume::double precision as adj_volume,
            total_return_index,
            {ACTION} as action,
            {ACTION_WORDS} as action_words,
            nullif({CHANGE_WORDS}, '') as change_words,
            case when {HAS_DIVIDEND} then dividend_per_share::double precision end as dividend_of_week,
            weekly_return_pct,
            weeks_spanned,
            drawdown_pct,
            is_mixed_scale,
            has_rejected_fields,
            is_complete_week,
            load_timestamp,
            execution_batch_id
        from gold.fact_adjusted_prices
        where
            symbol = any({{symbols}})
            and week_ending >= coalesce({{since}}, '-infinity'::date)
            and week_ending <= coalesce({{until}}, 'infinity'::date)
        order by week_ending
    """
    rows = published.read(statement, symbols=checked([symbol]), since=since, until=until)
    # The period is the viewer's, so no mart could hold this.
    index = pl.col("total_return_index")
    return rows.with_columns(growth_of_10000=10_000 * index / index.first())


def return_bins(published: Publication, symbol: str, *, since: date | None, until: date | None = None) -> pl.DataFrame:
    """How often the stock's one-week returns fell into each class of one percent point.

    Counted here and not in a mart: the period is the viewer's, and it is one stock's weeks, by their key.

    Shape:  (from_value, rows) and the whole's mean, median and 5 % value at risk on each row, sorted by class.
    Units:  percent.
    """
    statement = """
        with returns as (
            select weekly_return_pct, week_ending, load_timestamp, execution_batch_id
            from gold.fact_adjusted_prices
            where
                symbol = any({symbols})
                and is_complete_week
                and weeks_spanned = 1
                and week_ending >= coalesce({since}, '-infinity'::date)
                and week_ending <= coalesce({until}, 'infinity'::date)
        ),

        whole as (
            select
                avg(weekly_return_pct) as mean_pct,
                percentile_cont(0.5) within group (order by weekly_return_pct) as median_pct,
                percentile_cont(0.05) within group (order by weekly_return_pct) as worst_5_pct
            from returns
        )

        select
            floor(returns.weekly_return_pct) as from_value,
            count(*) as rows,
            max(whole.mean_pct) as mean_pct,
            max(whole.median_pct) as median_pct,
            max(whole.worst_5_pct) as worst_5_pct,
            max(returns.week_ending) as week_ending,
            max(returns.load_timestamp) as load_timestamp,
            max(returns.execution_batch_id) as execution_batch_id
        from returns
        cross join whole
        group by floor(returns.weekly_return_pct)
        order by from_value
    """
    return published.read(statement, symbols=checked([symbol]), since=since, until=until)


def risk(published: Publication, symbol: str) -> pl.DataFrame:
    """How the stock moves with its benchmark, its momentum, and its max drawdown with the recovery.

    Shape:  one row; beta and captures null with too few common weeks, the fall's weeks where it never fell.
    Units:  beta per percent of the benchmark; captures, momentum and fall in percent; lengths in weeks.
    """
    statement = """
        select
            week_ending,
            benchmark,
            common_weeks,
            beta,
            adjusted_beta,
            100 * r_squared as r_squared_pct,
            up_capture_pct,
            down_capture_pct,
            momentum_12_1_pct,
            max_drawdown_pct,
            peak_week,
            trough_week,
            recovered_week,
            drawdown_weeks,
            recovery_weeks,
            load_timestamp,
            execution_batch_id
        from gold.mart_stock_risk
        where symbol = any({symbols})
    """
    return published.read(statement, symbols=checked([symbol]))
