"""What the page *Sectors and dividends* asks; *Compare* asks some of it of its tickers."""

from collections.abc import Sequence
from datetime import date

import polars as pl
from psycopg import sql

from dashboards.queries.publication import Publication
from dashboards.reader import checked, read_published, render


def latest_sectors(published: Publication, symbols: Sequence[str] = ()) -> pl.DataFrame:
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
            where week_ending > (select max(week_ending) - 28 from gold.mart_latest_week)
            order by sector, week_ending desc
        ),

        chosen_stocks as (
            select
                sector,
                string_agg(symbol, ', ' order by symbol) as chosen_tickers
            from gold.mart_latest_week
            where symbol = any({symbols}::text[])
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


def sector_years(published: Publication, *, years: int = 10) -> pl.DataFrame:
    """What each sector made of each of the newest years, the running one so far.

    Shape:  one row per sector and year, sorted by both.
    Units:  percent, equal weight, rebalanced weekly.
    """
    statement = sql.SQL(
        """
        with newest_weeks_of_years as (
            select distinct on (sector, extract(isoyear from week_ending))
                sector,
                extract(isoyear from week_ending)::integer as year,
                week_ending,
                growth_of_100,
                load_timestamp,
                execution_batch_id
            from gold.mart_sector_performance
            order by sector, extract(isoyear from week_ending), week_ending desc
        ),

        years_with_previous_year as (
            select
                *,
                lag(growth_of_100) over (partition by sector order by year) as previous_growth_of_100
            from newest_weeks_of_years
        )

        select
            sector,
            year,
            week_ending,
            100 * (growth_of_100 / nullif(previous_growth_of_100, 0) - 1) as return_year_pct,
            load_timestamp,
            execution_batch_id
        from years_with_previous_year
        where
            previous_growth_of_100 is not null
            and year > (select max(year) from newest_weeks_of_years) - {years}
        order by sector, year
        """
    )
    return read_published(render(statement, years=years), version=published.version)


def dividend_frequencies(published: Publication) -> pl.DataFrame:
    """How often the stocks of each sector pay, by their latest complete year.

    Shape:  one row per sector and frequency; `never paid` are stocks without any dividend on record.
    """
    return read_published(
        """
        select
            stock.sector,
            coalesce(latest_year.frequency, 'never paid') as frequency,
            count(*) as stocks,
            max(stock.week_ending) as week_ending,
            max(stock.load_timestamp) as load_timestamp,
            max(stock.execution_batch_id) as execution_batch_id
        from gold.mart_latest_week as stock
        left join lateral (
            select mart_dividends.frequency
            from gold.mart_dividends as mart_dividends
            where mart_dividends.symbol = stock.symbol and mart_dividends.is_complete_year
            order by mart_dividends.year desc
            limit 1
        ) as latest_year
            on true
        where stock.is_active
        group by stock.sector, coalesce(latest_year.frequency, 'never paid')
        order by stock.sector, frequency
        """,
        version=published.version,
    )


def payers(published: Publication, *, sector: str | None, most: int = 200) -> pl.DataFrame:
    """The stocks with the highest dividend yield, of one sector or of all.

    Shape:  at most `most` rows, the highest yield first.
    Units:  yield and growth in percent, dividend in the listing's currency per share of today.
    """
    statement = sql.SQL(
        """
        with highest_yields as (
            select
                symbol,
                company_name,
                sector,
                week_ending,
                dividend_yield_pct,
                dividends_52w,
                currency,
                load_timestamp,
                execution_batch_id
            from gold.mart_latest_week
            where is_active and dividend_yield_pct > 0 and sector = coalesce({sector}, sector)
            order by dividend_yield_pct desc, symbol asc
            limit {most}
        ),

        latest_years as (
            select distinct on (symbol)
                symbol,
                year,
                frequency,
                dividend_per_share::double precision as dividend_per_share,
                growth_pct,
                years_without_cut
            from gold.mart_dividends
            where is_complete_year and symbol in (select symbol from highest_yields)
            order by symbol, year desc
        )

        select
            highest_yields.*,
            latest_years.year,
            latest_years.frequency,
            latest_years.dividend_per_share,
            latest_years.growth_pct,
            latest_years.years_without_cut
        from highest_yields
        left join latest_years
            on highest_yields.symbol = latest_years.symbol
        order by highest_yields.dividend_yield_pct desc, highest_yields.symbol
        """
    )
    return read_published(render(statement, sector=sector, most=most), version=published.version)


def dividend_growth(published: Publication, *, sector: str | None, most: int = 20) -> pl.DataFrame:
    """Whose regular dividend grew most in its latest complete year.

    Shape:  at most `most` rows, the fastest first.
    Units:  percent against the year before, in today's shares.
    """
    statement = sql.SQL(
        """
        select
            stock.symbol,
            stock.company_name,
            latest_year.year,
            latest_year.growth_pct,
            stock.week_ending,
            latest_year.load_timestamp,
            latest_year.execution_batch_id
        from gold.mart_latest_week as stock
        inner join lateral (
            select mart_dividends.*
            from gold.mart_dividends as mart_dividends
            where mart_dividends.symbol = stock.symbol and mart_dividends.is_complete_year
            order by mart_dividends.year desc
            limit 1
        ) as latest_year
            on true
        where
            stock.is_active
            and stock.sector = coalesce({sector}, stock.sector)
            and latest_year.growth_pct is not null
        order by latest_year.growth_pct desc, stock.symbol asc
        limit {most}
        """
    )
    return read_published(render(statement, sector=sector, most=most), version=published.version)
