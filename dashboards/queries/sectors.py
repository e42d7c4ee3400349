"""What the page *Sectors and dividends* asks of sectors; *Market* and *Compare* ask some of it too."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from dashboards.queries.publication import LATEST_WEEK, THE_WEEK, Publication
from dashboards.reader import checked


def latest_sectors(published: Publication, symbols: Sequence[str] = (), *, week: date | None = None) -> pl.DataFrame:
    """The latest week of each sector, and which of the chosen stocks are in it.

    Shape:  one row per sector, the best of 52 weeks first, its newest of the four weeks to `week` (None: to the latest
            of all); chosen_tickers as text, null where there is none.
    Units:  percent, equal-weight mean of the sector's stocks in local currency, compounded week by week.
    """
    statement = f"""
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
            where
                week_ending > {THE_WEEK} - 28
                and week_ending <= {THE_WEEK}
            order by sector, week_ending desc
        ),

        chosen_stocks as (
            select
                sector,
                string_agg(symbol, ', ' order by symbol) as chosen_tickers
            from gold.mart_latest_week
            where symbol = any({{symbols}}::text[])
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
    return published.read(statement, symbols=checked(symbols), week=week)


def sector_years(published: Publication, *, years: int = 10) -> pl.DataFrame:
    """What each sector made of each of the newest years, the running one so far.

    Shape:  one row per sector and year, sorted by both.
    Units:  percent, equal weight, rebalanced weekly.
    """
    statement = f"""
        with newest_weeks_of_years as (
            select distinct on (sector, extract(isoyear from week_ending))
                sector,
                extract(isoyear from week_ending)::integer as year,
                week_ending,
                growth_of_100,
                load_timestamp,
                execution_batch_id
            from gold.mart_sector_performance
            where week_ending <= {LATEST_WEEK}
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
            and year > (select max(year) from newest_weeks_of_years) - {{years}}
        order by sector, year
    """
    return published.read(statement, years=years)
