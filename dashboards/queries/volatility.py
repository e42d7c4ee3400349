"""What the page *Volatility* asks: the 52-week volatility of every active stock at its latest complete week."""

import polars as pl

from dashboards.queries.publication import Publication

BINS = 25  # a histogram with more has empty bins, with fewer no shape
BIN_WIDTHS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # percent; a class starts at a number that people can read

MOST_STOCKS = 200


def most_volatile(published: Publication, *, sector: str | None, most: int = MOST_STOCKS) -> pl.DataFrame:
    """The stocks that swing most, of one sector or of all.

    Shape:  at most `most` rows, the most volatile first.
    Units:  percent a year; rank 1 is the most volatile of `stocks`.
    """
    statement = """
        select
            symbol,
            company_name,
            sector,
            volatility_pct,
            volatility_rank,
            stocks,
            rank_in_sector,
            volatility_percentile,
            sector_median_pct,
            universe_median_pct,
            max_drawdown_pct,
            week_ending,
            load_timestamp,
            execution_batch_id
        from gold.mart_volatility
        where sector = coalesce({sector}, sector)
        order by volatility_rank, symbol
        limit {most}
    """
    return published.read(statement, sector=sector, most=most)


def benchmarks(published: Publication) -> pl.DataFrame:
    """What is usual: the median volatility of each sector, with its calmest and wildest stock.

    Shape:  one row per sector, the wildest first.
    Units:  percent a year.
    """
    statement = """
        select
            sector,
            count(*) as stocks,
            max(sector_median_pct) as sector_median_pct,
            min(volatility_pct) as lowest_pct,
            max(volatility_pct) as highest_pct,
            max(universe_lower_quartile_pct) as universe_lower_quartile_pct,
            max(universe_median_pct) as universe_median_pct,
            max(universe_upper_quartile_pct) as universe_upper_quartile_pct,
            max(week_ending) as week_ending,
            max(load_timestamp) as load_timestamp,
            max(execution_batch_id) as execution_batch_id
        from gold.mart_volatility
        group by sector
        order by max(sector_median_pct) desc, sector asc
    """
    return published.read(statement)


def distribution(published: Publication, *, sector: str | None) -> pl.DataFrame:
    """How many stocks lie in each class of volatility.

    Shape:  (from_value, width, rows), a class each that has a stock in it, sorted.
    Units:  percent a year.
    """
    statement = """
        with chosen_stocks as (
            select
                volatility_pct,
                week_ending,
                load_timestamp,
                execution_batch_id
            from gold.mart_volatility
            where sector = coalesce({sector}, sector)
        ),

        class_width as (
            select
                coalesce(
                    (
                        select min(width)
                        from unnest({widths}::double precision[]) as widths (width)
                        where width * {bins} >= (select max(volatility_pct) from chosen_stocks)
                    ),
                    {widest}
                ) as width
        )

        select
            floor(chosen_stocks.volatility_pct / class_width.width) * class_width.width as from_value,
            class_width.width,
            count(*) as rows,
            max(chosen_stocks.week_ending) as week_ending,
            max(chosen_stocks.load_timestamp) as load_timestamp,
            max(chosen_stocks.execution_batch_id) as execution_batch_id
        from chosen_stocks
        cross join class_width
        group by from_value, class_width.width
        order by from_value
    """
    return published.read(statement, sector=sector, widths=list(BIN_WIDTHS), bins=BINS, widest=BIN_WIDTHS[-1])
