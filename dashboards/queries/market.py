"""What the page *Market this week* asks of all stocks: of the latest week, or of an earlier one that is named."""

from datetime import date

import polars as pl

from dashboards.queries.publication import THE_WEEK, Publication

MOVERS_AT_EACH_END = 10
WEEKS_OF_BREADTH = 52
WEEKS_OF_DIVIDENDS = 4


def first_week(published: Publication) -> date | None:
    """The first week in which a stock has a return."""
    first: date | None = published.read("select min(week_ending) from gold.mart_sector_performance").item()
    return first


def movers(published: Publication, *, week: date | None = None, most: int = MOVERS_AT_EACH_END) -> pl.DataFrame:
    """The stocks that rose and fell most in the week; companies and sectors are today's.

    Shape:  at most `most` of each end, the best first.
    Units:  total return in percent, close in the listing's currency.
    """
    statement = f"""
        with ranked_stocks as (
            select
                symbol,
                weekly_return_pct as return_1w_pct,
                return_52w_pct,
                return_z_score,
                close_price::double precision as close_price,
                week_ending,
                has_rejected_fields,
                load_timestamp,
                execution_batch_id,
                row_number() over (order by weekly_return_pct desc, symbol asc) as from_best,
                row_number() over (order by weekly_return_pct asc, symbol desc) as from_worst
            from gold.fact_adjusted_prices
            where week_ending = {THE_WEEK} and is_complete_week and weeks_spanned = 1 and not is_tick_bound
        )

        select
            ranked_stocks.*,
            stock.company_name,
            stock.sector,
            stock.currency
        from ranked_stocks
        inner join gold.dim_stock as stock
            on ranked_stocks.symbol = stock.symbol
        where from_best <= {{most}} or from_worst <= {{most}}
        order by from_best
    """
    found = published.read(statement, week=week, most=most)
    return found.drop("from_best", "from_worst")


def breadth(published: Publication, *, week: date | None = None) -> pl.DataFrame:
    """How many stocks rose and fell in each of the 52 weeks to the week, all sectors together.

    Shape:  one row per week_ending, sorted.
    Units:  counts of stocks; mean return in percent, equal weight.
    """
    statement = f"""
        select
            week_ending,
            sum(stocks)::bigint as stocks,
            sum(advancing)::bigint as advancing,
            sum(declining)::bigint as declining,
            sum(stocks * mean_return_pct) / sum(stocks) as mean_return_pct,
            max(load_timestamp) as load_timestamp,
            max(execution_batch_id) as execution_batch_id
        from gold.mart_sector_performance
        where week_ending > {THE_WEEK} - 7 * {{weeks}} and week_ending <= {THE_WEEK}
        group by week_ending
        order by week_ending
    """
    return published.read(statement, week=week, weeks=WEEKS_OF_BREADTH)


def new_extremes(published: Publication, *, week: date | None = None) -> tuple[int, int]:
    """How many stocks stood at a 52-week high and at a low in the week.

    It asks for a year of history; in a week on two scales, or without a high or low, the close decides.
    """
    statement = f"""
        select
            count(*) filter (
                where coalesce(case when not is_mixed_scale then high_price end, close_price) >= high_52w
            ) as highs,
            count(*) filter (
                where coalesce(case when not is_mixed_scale then low_price end, close_price) <= low_52w
            ) as lows
        from gold.fact_adjusted_prices
        where
            is_complete_week
            and not is_tick_bound
            and return_52w_pct is not null
            and week_ending = {THE_WEEK}
    """
    highs, lows = published.read(statement, week=week).row(0)
    return int(highs), int(lows)


def dividends_paid(published: Publication, *, week: date | None = None, most: int = 200) -> pl.DataFrame:
    """The dividends of the four weeks to the week, by the week in which the shares went ex-dividend.

    Shape:  at most `most` rows, the newest week first.
    Units:  listing's currency per share of that week; null where the adjusted series contradicts the amount.
    """
    statement = f"""
        select
            fact.symbol,
            stock.company_name,
            fact.week_ending,
            fact.week_ending = {THE_WEEK} as is_this_week,
            fact.dividend_per_share::double precision as dividend_per_share,
            stock.currency,
            fact.corporate_action,
            fact.dividend_yield_pct,
            fact.load_timestamp,
            fact.execution_batch_id
        from gold.fact_adjusted_prices as fact
        inner join gold.dim_stock as stock
            on fact.symbol = stock.symbol
        where
            fact.is_complete_week
            and coalesce(fact.dividend_per_share, fact.dividend_amount) > 0
            and fact.week_ending > {THE_WEEK} - 7 * {{weeks}}
            and fact.week_ending <= {THE_WEEK}
        order by fact.week_ending desc, fact.symbol asc
        limit {{most}}
    """
    return published.read(statement, week=week, weeks=WEEKS_OF_DIVIDENDS, most=most)
