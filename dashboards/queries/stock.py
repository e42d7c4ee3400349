"""What the page *Stock* asks about one stock."""

from datetime import date

import polars as pl
from psycopg import sql

from dashboards.queries.publication import Publication
from dashboards.reader import checked, read_published, render

RISK_WEEKS = 104  # what beta and capture look back on
ENOUGH_WEEKS = 80  # of them, as 40 of 52 are enough for a correlation


def company(published: Publication, symbol: str) -> pl.DataFrame:
    """The latest complete week of a stock, and what its company is.

    Shape:  one row.
    Units:  prices and market capitalisation in the listing's currency, `*_pct` in percent.
    """
    statement = sql.SQL(
        """
        select
            latest.symbol,
            latest.company_name,
            latest.sector,
            latest.industry,
            latest.exchange,
            latest.country,
            latest.currency,
            latest.asset_type,
            latest.is_active,
            latest.first_week,
            latest.week_ending,
            latest.complete_weeks,
            latest.close_price::double precision as close_price,
            latest.weekly_return_pct as return_1w_pct,
            latest.return_52w_pct,
            latest.return_z_score,
            latest.volatility_pct,
            latest.high_52w::double precision as high_52w,
            latest.low_52w::double precision as low_52w,
            latest.drawdown_pct,
            latest.dividend_yield_pct,
            latest.dividends_52w,
            overview.fiscal_year_end,
            overview.latest_quarter,
            overview.market_capitalization::double precision as market_capitalization,
            overview.shares_outstanding::double precision as shares_outstanding,
            overview.description,
            latest.load_timestamp,
            latest.execution_batch_id
        from gold.mart_latest_week as latest
        left join silver.company_overview as overview
            on latest.symbol = overview.symbol
        where latest.symbol = any({symbols})
        """
    )
    return read_published(render(statement, symbols=checked([symbol])), version=published.version)


def weeks(published: Publication, symbol: str, *, since: date | None) -> pl.DataFrame:
    """The weeks of a stock, the open one included: raw, adjusted, and as the growth of 10,000.

    Shape:  one row per week_ending, sorted; `action` is dividend, split or other, null in a usual week.
    Units:  listing's currency; `growth_of_10000` in it too, dividends put back into the shares.
    """
    statement = sql.SQL(
        """
        select
            symbol,
            week_ending,
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
            (10000 * adj_close_price / nullif(first_value(adj_close_price) over (order by week_ending), 0))
            ::double precision as growth_of_10000,
            case
                when split_factor <> 1 then 'split'
                when other_factor <> 1 or is_special_dividend then 'other'
                when dividend_amount > 0 then 'dividend'
            end as action,
            concat_ws(
                ', ',
                case when split_factor <> 1 then 'split ' || trim_scale(split_factor) || ' : 1' end,
                case when other_factor <> 1 then 'other factor ' || round(other_factor, 4) end,
                case
                    when dividend_amount > 0
                        then 'dividend ' || trim_scale(coalesce(dividend_per_share, dividend_amount))
                end
            ) as action_words,
            weekly_return_pct,
            weeks_spanned,
            drawdown_pct,
            is_mixed_scale,
            is_complete_week,
            load_timestamp,
            execution_batch_id
        from gold.fact_adjusted_prices
        where symbol = any({symbols}) and week_ending >= coalesce({since}, '-infinity'::date)
        order by week_ending
        """
    )
    return read_published(render(statement, symbols=checked([symbol]), since=since), version=published.version)


def return_classes(published: Publication, symbol: str, *, since: date | None) -> pl.DataFrame:
    """How often the stock's one-week returns fell into each class of one percent point.

    Shape:  (from_value, rows) and the whole's mean, median and 5 % value at risk on each row, sorted by class.
    Units:  percent.
    """
    statement = sql.SQL(
        """
        with returns as (
            select
                weekly_return_pct,
                week_ending,
                load_timestamp,
                execution_batch_id
            from gold.fact_adjusted_prices
            where
                symbol = any({symbols})
                and is_complete_week
                and weeks_spanned = 1
                and week_ending >= coalesce({since}, '-infinity'::date)
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
            whole.mean_pct,
            whole.median_pct,
            whole.worst_5_pct,
            max(returns.week_ending) as week_ending,
            max(returns.load_timestamp) as load_timestamp,
            max(returns.execution_batch_id) as execution_batch_id
        from returns
        cross join whole
        group by from_value, whole.mean_pct, whole.median_pct, whole.worst_5_pct
        order by from_value
        """
    )
    return read_published(render(statement, symbols=checked([symbol]), since=since), version=published.version)


def risk(published: Publication, symbol: str) -> pl.DataFrame:
    """How the stock moves with the equal-weight universe.

    Shape:  one row; beta and captures null with fewer than 80 common weeks of the last 104.
    Units:  beta per percent of the universe; captures and momentum in percent.
    """
    statement = sql.SQL(
        """
        with newest as (
            select
                week_ending,
                return_4w_pct,
                return_52w_pct,
                load_timestamp,
                execution_batch_id
            from gold.mart_latest_week
            where symbol = any({symbols})
        ),

        universe_weeks as (
            select
                week_ending,
                sum(stocks * mean_return_pct) / sum(stocks) as universe_return_pct
            from gold.mart_sector_performance
            where week_ending > (select week_ending - 7 * {risk_weeks} from newest)
            group by week_ending
        ),

        common_weeks as (
            select
                fact.weekly_return_pct,
                universe_weeks.universe_return_pct,
                ln(1 + fact.weekly_return_pct / 100) as stock_growth,
                ln(1 + universe_weeks.universe_return_pct / 100) as universe_growth
            from gold.fact_adjusted_prices as fact
            inner join universe_weeks
                on fact.week_ending = universe_weeks.week_ending
            where
                fact.symbol = any({symbols})
                and fact.is_complete_week
                and fact.weeks_spanned = 1
                and fact.weekly_return_pct > -100
        ),

        against_universe as (
            select
                count(*) as common_weeks,
                regr_slope(weekly_return_pct, universe_return_pct) as beta,
                (exp(avg(stock_growth) filter (where universe_return_pct > 0)) - 1)
                / nullif(exp(avg(universe_growth) filter (where universe_return_pct > 0)) - 1, 0) as up_capture,
                (exp(avg(stock_growth) filter (where universe_return_pct < 0)) - 1)
                / nullif(exp(avg(universe_growth) filter (where universe_return_pct < 0)) - 1, 0) as down_capture
            from common_weeks
        )

        select
            newest.week_ending,
            against_universe.common_weeks,
            case when common_weeks >= {enough} then beta end as beta,
            case when common_weeks >= {enough} then 100 * up_capture end as up_capture_pct,
            case when common_weeks >= {enough} then 100 * down_capture end as down_capture_pct,
            100 * ((1 + newest.return_52w_pct / 100) / nullif(1 + newest.return_4w_pct / 100, 0) - 1)
                as momentum_12_1_pct,
            newest.load_timestamp,
            newest.execution_batch_id
        from newest
        cross join against_universe
        """
    )
    rendered = render(statement, symbols=checked([symbol]), risk_weeks=RISK_WEEKS, enough=ENOUGH_WEEKS)
    return read_published(rendered, version=published.version)


def deepest_fall(published: Publication, symbol: str) -> pl.DataFrame:
    """The deepest fall of the stock below a peak, dividends included, and the way back.

    Shape:  one row; recovered_week and weeks_up null while the stock is below its old peak.
    Units:  percent, and lengths in weeks.
    """
    statement = sql.SQL(
        """
        with stock_weeks as (
            select
                week_ending,
                drawdown_pct
            from gold.fact_adjusted_prices
            where symbol = any({symbols}) and drawdown_pct is not null
        ),

        deepest as (
            select
                week_ending as trough_week,
                drawdown_pct as max_drawdown_pct
            from stock_weeks
            order by drawdown_pct asc, week_ending asc
            limit 1
        ),

        peaks_around as (
            select
                max(stock_weeks.week_ending) filter (where stock_weeks.week_ending <= deepest.trough_week) as peak_week,
                min(stock_weeks.week_ending) filter (where stock_weeks.week_ending > deepest.trough_week)
                    as recovered_week
            from stock_weeks
            cross join deepest
            where stock_weeks.drawdown_pct = 0
        )

        select
            deepest.max_drawdown_pct,
            peaks_around.peak_week,
            deepest.trough_week,
            peaks_around.recovered_week,
            (deepest.trough_week - peaks_around.peak_week) / 7 as weeks_down,
            (peaks_around.recovered_week - deepest.trough_week) / 7 as weeks_up
        from deepest
        cross join peaks_around
        """
    )
    return read_published(render(statement, symbols=checked([symbol])), version=published.version)


def restatements(published: Publication, symbol: str) -> pl.DataFrame:
    """How newer answers rewrote the stock's history.

    Shape:  one row per answer that did, the newest first.
    Units:  adjusted close of the newest rewritten week in the listing's currency, before and after.
    """
    statement = sql.SQL(
        """
        select
            symbol,
            known_at,
            cause,
            rows_changed,
            first_week,
            last_week,
            old_adjusted_close::double precision as old_adjusted_close,
            new_adjusted_close::double precision as new_adjusted_close,
            bronze_key,
            loaded_at,
            execution_batch_id
        from silver.restatements
        where symbol = any({symbols})
        order by known_at desc
        """
    )
    return read_published(render(statement, symbols=checked([symbol])), version=published.version)
