"""What the page *Screener* asks: every stock with what it can be screened by."""

import polars as pl

from dashboards.queries.publication import Publication


def stocks(published: Publication) -> pl.DataFrame:
    """Every stock in its week of mart_latest_week; only those of the latest week can be compared with each other.

    Shape:  one row per symbol, sorted by it; figures null where they are not known, a one-week return over a gap too.
    Units:  percent, volatility a year; close in the listing's currency.
    """
    statement = """
        select
            symbol,
            company_name,
            sector,
            case when weeks_spanned = 1 then weekly_return_pct end as return_1w_pct,
            return_4w_pct,
            return_13w_pct,
            return_52w_pct,
            volatility_pct,
            100 * (close_price / nullif(high_52w, 0) - 1)::double precision as below_high_52w_pct,
            drawdown_pct,
            max_drawdown_pct,
            dividend_yield_pct,
            return_z_score,
            close_price::double precision as close_price,
            currency,
            week_ending,
            is_latest_week,
            is_tick_bound,
            has_rejected_fields,
            load_timestamp,
            execution_batch_id
        from gold.mart_latest_week
        order by symbol
    """
    return published.read(statement)
