"""All SQL of the dashboard: one function a question, each answered by gold alone.

Prices are cast to double precision here, for the eye: the exact numerics stay in gold. A function that
takes a `Publication` is remembered until the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import streamlit as st
from psycopg import sql

from dashboards.reader import checked, read, read_published, render

# How soon a page notices that a new batch was published.
PUBLICATION_SECONDS = 15


@dataclass(frozen=True)
class Publication:
    """The newest row of gold.publications: what the marts hold, since when, of which market."""

    execution_batch_id: str
    published_at: datetime
    market_at: datetime
    is_sample: bool

    @property
    def version(self) -> str:
        """What changes whenever the marts do."""
        return f"{self.execution_batch_id} {self.published_at.isoformat()}"


@st.cache_data(ttl=PUBLICATION_SECONDS, show_spinner="Asking the warehouse what is new …")
def newest_publication() -> Publication | None:
    """What was published last; None in a warehouse that no batch has reached yet.

    Raises: WarehouseDown, WarehouseUnreadable.
    """
    if not read("select to_regclass('gold.publications') is not null as is_built").item():
        return None
    rows = read(
        """
        select execution_batch_id, published_at, market_at, is_sample
        from gold.publications
        order by published_at desc
        limit 1
        """
    )
    return Publication(**rows.row(0, named=True)) if rows.height else None


def stocks(published: Publication) -> pl.DataFrame:
    """Every stock that has a complete week.

    Shape:  (symbol, last_week), sorted by symbol.
    """
    return read_published(
        """
        select
            symbol,
            week_ending as last_week
        from gold.mart_latest_week
        order by symbol
        """,
        version=published.version,
    )


def latest_week(published: Publication, symbols: Sequence[str]) -> pl.DataFrame:
    """The latest complete week of each chosen stock.

    Shape:  one row per symbol, sorted by it.
    Units:  prices in the listing's currency, `*_pct` in percent, volatility in percent a year.
    """
    statement = sql.SQL(
        """
        select
            symbol,
            company_name,
            sector,
            currency,
            week_ending,
            close_price::double precision as close_price,
            weekly_return_pct as return_1w_pct,
            return_4w_pct,
            return_13w_pct,
            return_52w_pct,
            volatility_pct,
            drawdown_pct,
            dividend_yield_pct,
            dividends_52w,
            load_timestamp,
            execution_batch_id
        from gold.mart_latest_week
        where symbol = any({symbols})
        order by symbol
        """
    )
    return read_published(render(statement, symbols=checked(symbols)), version=published.version)


def weekly_prices(published: Publication, symbols: Sequence[str], *, since: date | None) -> pl.DataFrame:
    """The complete weeks of the chosen stocks, also rebased to 100.

    100 is the close of `base_week`, the first week that all of them have: only there are they on one footing.
    Stocks that share no week start at 100 each, and `base_week` is null.

    Shape:  one row per symbol and week_ending, sorted by both; `since` None means from the first week.
    Units:  adjusted close in the listing's currency, volatility in percent a year.
    """
    statement = sql.SQL(
        """
        with chosen_weeks as (
            select
                symbol,
                week_ending,
                adj_close_price::double precision as adj_close_price,
                volatility_pct::double precision as volatility_pct,
                load_timestamp,
                execution_batch_id
            from gold.fact_adjusted_prices
            where
                symbol = any({symbols})
                and is_complete_week
                and week_ending >= coalesce({since}, '-infinity'::date)
        ),

        weeks_all_have as (
            select week_ending
            from chosen_weeks
            group by week_ending
            having count(*) = (select count(distinct symbol) from chosen_weeks)
        ),

        base as (
            select min(week_ending) as base_week
            from weeks_all_have
        ),

        weeks_with_base_price as (
            select
                chosen_weeks.*,
                base.base_week,
                coalesce(
                    max(chosen_weeks.adj_close_price) filter (
                        where chosen_weeks.week_ending = base.base_week
                    ) over (partition by chosen_weeks.symbol),
                    first_value(chosen_weeks.adj_close_price) over (
                        partition by chosen_weeks.symbol
                        order by chosen_weeks.week_ending
                    )
                ) as base_price
            from chosen_weeks
            cross join base
        )

        select
            symbol,
            week_ending,
            adj_close_price,
            100 * adj_close_price / nullif(base_price, 0) as growth_of_100,
            base_week,
            volatility_pct,
            load_timestamp,
            execution_batch_id
        from weeks_with_base_price
        order by symbol, week_ending
        """
    )
    return read_published(render(statement, symbols=checked(symbols), since=since), version=published.version)


def sectors(published: Publication, symbols: Sequence[str]) -> pl.DataFrame:
    """The latest week of each sector, and which of the chosen stocks are in it.

    Shape:  one row per sector, the best of 52 weeks first; chosen_tickers as text, null where there is none.
    Units:  percent, equal-weight mean of the sector's stocks in local currency, compounded week by week.
    """
    statement = sql.SQL(
        """
        with newest_weeks as (
            select distinct on (sector)
                sector,
                week_ending,
                stocks::bigint as stocks,
                mean_return_pct as return_1w_pct,
                return_4w_pct,
                return_13w_pct,
                return_52w_pct,
                load_timestamp,
                execution_batch_id
            from gold.mart_sector_performance
            order by sector, week_ending desc
        ),

        chosen_stocks as (
            select
                sector,
                string_agg(symbol, ', ' order by symbol) as chosen_tickers
            from gold.mart_latest_week
            where symbol = any({symbols})
            group by sector
        )

        select
            newest_weeks.*,
            chosen_stocks.chosen_tickers
        from newest_weeks
        left join chosen_stocks
            on newest_weeks.sector = chosen_stocks.sector
        order by newest_weeks.return_52w_pct desc nulls last, newest_weeks.sector
        """
    )
    return read_published(render(statement, symbols=checked(symbols)), version=published.version)


def volatility_ranks(published: Publication, symbols: Sequence[str]) -> pl.DataFrame:
    """How volatile the chosen stocks are among all, at their latest complete week.

    Shape:  one row per symbol that has 52 weekly returns, the most volatile first.
    Units:  percent a year; rank 1 is the most volatile of `stocks`.
    """
    statement = sql.SQL(
        """
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
    )
    return read_published(render(statement, symbols=checked(symbols)), version=published.version)


def dividends(published: Publication, symbols: Sequence[str], *, since: date | None) -> pl.DataFrame:
    """The regular dividends of the chosen stocks, year by year.

    Shape:  one row per symbol and year, sorted by both; none for a stock that never paid.
    Units:  listing's currency per share, in the shares of today.
    """
    statement = sql.SQL(
        """
        select
            symbol,
            year,
            is_complete_year,
            dividends,
            dividend_per_share::double precision as dividend_per_share,
            special_dividend_per_share::double precision as special_dividend_per_share,
            growth_pct,
            load_timestamp,
            execution_batch_id
        from gold.mart_dividends
        where
            symbol = any({symbols})
            and year >= extract(isoyear from coalesce({since}, '0001-01-01'::date))
        order by symbol, year
        """
    )
    return read_published(render(statement, symbols=checked(symbols), since=since), version=published.version)


def dividend_records(published: Publication, symbols: Sequence[str]) -> pl.DataFrame:
    """What the chosen stocks pay, by their latest complete week and their latest complete year.

    Shape:  one row per symbol, the highest yield first; the columns of the year are null where it never paid.
    Units:  yield and growth in percent, dividend in the listing's currency per share of today.
    """
    statement = sql.SQL(
        """
        with latest_years as (
            select distinct on (symbol)
                symbol,
                year,
                frequency,
                dividend_per_share::double precision as dividend_per_share,
                growth_pct,
                years_without_cut
            from gold.mart_dividends
            where is_complete_year and symbol = any({symbols})
            order by symbol, year desc
        )

        select
            mart_latest_week.symbol,
            mart_latest_week.company_name,
            mart_latest_week.week_ending,
            mart_latest_week.dividend_yield_pct,
            mart_latest_week.dividends_52w,
            mart_latest_week.currency,
            latest_years.year,
            latest_years.frequency,
            latest_years.dividend_per_share,
            latest_years.growth_pct,
            latest_years.years_without_cut,
            mart_latest_week.load_timestamp,
            mart_latest_week.execution_batch_id
        from gold.mart_latest_week as mart_latest_week
        left join latest_years
            on mart_latest_week.symbol = latest_years.symbol
        where mart_latest_week.symbol = any({symbols})
        order by mart_latest_week.dividend_yield_pct desc nulls last, mart_latest_week.symbol
        """
    )
    return read_published(render(statement, symbols=checked(symbols)), version=published.version)
