"""What the page *Sectors and dividends* asks of dividends; *Compare* asks some of it of its tickers."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from dashboards.queries.publication import Publication
from dashboards.reader import checked

MOST_PAYERS, MOST_GROWING = 200, 20
# The newest complete year. The lateral join is one index lookup per stock that is shown.
STOCKS_WITH_LATEST_FULL_YEAR = """
    gold.mart_latest_week as stock
    left join lateral (
        select
            dividend_year.year,
            dividend_year.frequency,
            dividend_year.dividend_per_share::double precision as dividend_per_share,
            dividend_year.growth_pct,
            dividend_year.years_without_cut,
            dividend_year.load_timestamp,
            dividend_year.execution_batch_id
        from gold.mart_dividends as dividend_year
        where dividend_year.symbol = stock.symbol and dividend_year.is_complete_year
        order by dividend_year.year desc
        limit 1
    ) as latest_year
        on true
"""
RECORDS = f"""
    select
        stock.symbol,
        stock.company_name,
        stock.sector,
        stock.week_ending,
        stock.dividend_yield_pct,
        stock.dividend_count_12m,
        stock.currency,
        latest_year.year,
        latest_year.frequency,
        latest_year.dividend_per_share,
        latest_year.growth_pct,
        latest_year.years_without_cut,
        stock.load_timestamp,
        stock.execution_batch_id
    from {STOCKS_WITH_LATEST_FULL_YEAR}
"""
HIGHEST_YIELD_FIRST = "order by stock.dividend_yield_pct desc nulls last, stock.symbol asc"


def dividends(
    published: Publication, symbols: Sequence[str], *, since: date | None, until: date | None = None
) -> pl.DataFrame:
    """The regular dividends of the chosen stocks, year by year.

    Shape:  one row per symbol and year, sorted by both; none for a stock that never paid.
    Units:  listing's currency per share, in the shares of today; growth, and yield at the year's end, in percent.
    """
    statement = """
        select
            symbol,
            year,
            is_complete_year,
            dividend_count,
            dividend_per_share::double precision as dividend_per_share,
            special_dividend_per_share::double precision as special_dividend_per_share,
            unknown_dividend_count,
            frequency,
            growth_pct,
            years_without_cut,
            dividend_yield_pct,
            load_timestamp,
            execution_batch_id
        from gold.mart_dividends
        where
            symbol = any({symbols})
            and year >= extract(year from coalesce({since}, '0001-01-01'::date))
            and year <= extract(year from coalesce({until}, '9999-12-31'::date))
        order by symbol, year
    """
    return published.read(statement, symbols=checked(symbols), since=since, until=until)


def dividend_records(published: Publication, symbols: Sequence[str]) -> pl.DataFrame:
    """What the chosen stocks pay, by their latest complete week and their latest complete year.

    Shape:  one row per symbol, the highest yield first; the columns of the year are null where it never paid.
    Units:  yield and growth in percent, dividend in the listing's currency per share of today.
    """
    statement = f"{RECORDS} where stock.symbol = any({{symbols}}) {HIGHEST_YIELD_FIRST}"
    return published.read(statement, symbols=checked(symbols))


def payers(published: Publication, *, sector: str | None) -> pl.DataFrame:
    """The stocks with the highest dividend yield, of one sector or of all.

    Shape:  at most `MOST_PAYERS` rows, the highest yield first.
    Units:  yield and growth in percent, dividend in the listing's currency per share of today.
    """
    statement = f"""
        {RECORDS}
        where
            stock.is_active
            and stock.is_latest_week
            and not stock.is_tick_bound
            and stock.dividend_yield_pct > 0
            and stock.sector = coalesce({{sector}}, stock.sector)
        {HIGHEST_YIELD_FIRST}
        limit {{most}}
    """
    return published.read(statement, sector=sector, most=MOST_PAYERS)


def dividend_frequencies(published: Publication) -> pl.DataFrame:
    """How often the stocks of each sector pay, by their latest complete year.

    Shape:  one row per sector and frequency; `never paid` are stocks without any dividend on record.
    """
    statement = f"""
        select
            stock.sector,
            coalesce(latest_year.frequency, 'never paid') as frequency,
            count(*) as stocks,
            max(stock.week_ending) as week_ending,
            max(stock.load_timestamp) as load_timestamp,
            max(stock.execution_batch_id) as execution_batch_id
        from {STOCKS_WITH_LATEST_FULL_YEAR}
        where stock.is_active
        group by stock.sector, coalesce(latest_year.frequency, 'never paid')
        order by stock.sector, frequency
    """
    return published.read(statement)


def dividend_growth(published: Publication, *, sector: str | None, most: int = MOST_GROWING) -> pl.DataFrame:
    """Whose regular dividend grew most in its latest complete year.

    Shape:  at most `most` rows, the fastest first.
    Units:  percent against the year before, in today's shares.
    """
    statement = f"""
        select
            stock.symbol,
            stock.company_name,
            latest_year.year,
            latest_year.growth_pct,
            stock.week_ending,
            latest_year.load_timestamp,
            latest_year.execution_batch_id
        from {STOCKS_WITH_LATEST_FULL_YEAR}
        where
            stock.is_active
            and stock.sector = coalesce({{sector}}, stock.sector)
            and latest_year.growth_pct is not null
        order by latest_year.growth_pct desc, stock.symbol asc
        limit {{most}}
    """
    return published.read(statement, sector=sector, most=most)
