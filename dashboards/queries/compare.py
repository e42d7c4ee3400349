"""What the page *Compare* asks: the chosen stocks beside each other."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from dashboards.queries.publication import Publication
from dashboards.reader import checked
from include.serving.correlations import compute_correlations
from include.serving.period_figures import compute_period_figures


def latest_week(published: Publication, symbols: Sequence[str]) -> pl.DataFrame:
    """Each chosen stock in its week of mart_latest_week.

    Shape:  one row per symbol, sorted by it.
    Units:  prices in the listing's currency, `*_pct` in percent, volatility in percent a year.
    """
    statement = """
        select
            symbol,
            company_name,
            sector,
            currency,
            week_ending,
            is_latest_week,
            close_price::double precision as close_price,
            weekly_return_pct as return_1w_pct,
            return_4w_pct,
            return_13w_pct,
            return_52w_pct,
            volatility_pct,
            drawdown_pct,
            dividend_yield_pct,
            dividend_count_12m,
            has_rejected_fields,
            load_timestamp,
            execution_batch_id
        from gold.mart_latest_week
        where symbol = any({symbols})
        order by symbol
    """
    return published.read(statement, symbols=checked(symbols))


def weekly_prices(
    published: Publication, symbols: Sequence[str], *, since: date | None, until: date | None = None
) -> pl.DataFrame:
    """The complete weeks of the chosen stocks, also rebased: each is 100 in its first week of the period.

    Shape:  one row per symbol and week_ending, sorted by both; `since` and `until` None mean from the first week, to
            the newest. `is_member`: the week counts in a mean of stocks.
    Units:  adjusted close in the listing's currency, volatility in percent a year.
    """
    statement = """
        select
            symbol,
            week_ending,
            price_date,
            adj_close_price::double precision as adj_close_price,
            total_return_index,
            volatility_pct,
            drawdown_pct,
            weekly_return_pct,
            weeks_spanned,
            not is_tick_bound as is_member,
            return_z_score,
            load_timestamp,
            execution_batch_id
        from gold.fact_adjusted_prices
        where
            symbol = any({symbols})
            and is_complete_week
            and week_ending >= coalesce({since}, '-infinity'::date)
            and week_ending <= coalesce({until}, 'infinity'::date)
        order by symbol, week_ending
    """
    weeks = published.read(statement, symbols=checked(symbols), since=since, until=until)
    index = pl.col("total_return_index")
    return weeks.with_columns(growth_of_100=100 * index / index.first().over("symbol"))


def period_figures(weeks: pl.DataFrame, *, risk_free_pct: float = 0.0) -> pl.DataFrame:
    """What the weeks of the period come to for each of the stocks, the first week being the base.

    Shape:  weeks as `weekly_prices` gives them -> one row per symbol: FIGURES, with the stamps of its newest week.
    Units:  as of `compute_period_figures`.
    """
    return with_stamps(compute_period_figures(weeks, risk_free_pct=risk_free_pct), weeks)


def with_stamps(figures: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """Add to each symbol's figures its newest week, and when and by which run that was written."""
    stamps = ("week_ending", "load_timestamp", "execution_batch_id")
    newest = weeks.group_by("symbol").agg(pl.col(stamps).sort_by("week_ending").last())
    return figures.join(newest, on="symbol", maintain_order="left")


def correlations(weeks: pl.DataFrame) -> pl.DataFrame:
    """How the weekly returns of each two stocks move together in the weeks of the period.

    Shape:  weeks as `weekly_prices` gives them -> as `compute_correlations`, with the stamps of the row's stock.
    """
    return with_stamps(compute_correlations(weeks), weeks)


def volatility_ranks(published: Publication, symbols: Sequence[str]) -> pl.DataFrame:
    """How volatile the chosen stocks are among all, at their latest complete week.

    Shape:  one row per symbol that has 52 weekly returns, the most volatile first.
    Units:  percent a year; rank 1 is the most volatile of `stocks`.
    """
    statement = """
        select
            symbol,
            company_name,
            sector,
            week_ending,
            volatility_pct,
            volatility_rank,
            stocks,
            sector_median_pct,
            universe_median_pct,
            max_drawdown_pct,
            load_timestamp,
            execution_batch_id
        from gold.mart_volatility
        where symbol = any({symbols})
        order by volatility_rank, symbol
    """
    return published.read(statement, symbols=checked(symbols))
