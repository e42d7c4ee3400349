"""What the page *Market this week* asks: the newest complete week of every stock."""

import polars as pl
from psycopg import sql

from dashboards.queries.publication import Publication
from dashboards.reader import read_published, render

WEEKS_OF_BREADTH = 52
WEEKS_OF_DIVIDENDS = 4
MOST_NEWS = 200


def movers(published: Publication, *, most: int = 10) -> pl.DataFrame:
    """The stocks that rose and fell most in the newest week.

    Shape:  at most `most` of each end, the best first.
    Units:  total return in percent, close in the listing's currency.
    """
    statement = sql.SQL(
        """
        with ranked_stocks as (
            select
                symbol,
                company_name,
                sector,
                weekly_return_pct as return_1w_pct,
                return_52w_pct,
                return_z_score,
                close_price::double precision as close_price,
                currency,
                week_ending,
                load_timestamp,
                execution_batch_id,
                row_number() over (order by weekly_return_pct desc, symbol asc) as from_best,
                row_number() over (order by weekly_return_pct asc, symbol desc) as from_worst
            from gold.mart_latest_week
            where
                week_ending = (select max(week_ending) from gold.mart_latest_week)
                and weeks_spanned = 1
        )

        select
            symbol,
            company_name,
            sector,
            return_1w_pct,
            return_52w_pct,
            return_z_score,
            close_price,
            currency,
            week_ending,
            load_timestamp,
            execution_batch_id
        from ranked_stocks
        where from_best <= {most} or from_worst <= {most}
        order by from_best
        """
    )
    return read_published(render(statement, most=most), version=published.version)


def breadth(published: Publication) -> pl.DataFrame:
    """How many stocks rose and fell in each of the newest 52 weeks, all sectors together.

    Shape:  one row per week_ending, sorted.
    Units:  counts of stocks; mean return in percent, equal weight.
    """
    statement = sql.SQL(
        """
        select
            week_ending,
            sum(stocks)::bigint as stocks,
            sum(advancing)::bigint as advancing,
            sum(declining)::bigint as declining,
            sum(stocks * mean_return_pct) / sum(stocks) as mean_return_pct,
            max(load_timestamp) as load_timestamp,
            max(execution_batch_id) as execution_batch_id
        from gold.mart_sector_performance
        where week_ending > (select max(week_ending) - 7 * {weeks} from gold.mart_latest_week)
        group by week_ending
        order by week_ending
        """
    )
    return read_published(render(statement, weeks=WEEKS_OF_BREADTH), version=published.version)


def new_extremes(published: Publication) -> tuple[int, int]:
    """How many stocks stood at a 52-week high and at a low in the newest week.

    It asks for a year of history; in a week whose prices stand on two scales the close decides.
    """
    row = read_published(
        """
        select
            count(*) filter (
                where case when is_mixed_scale then close_price else high_price end >= high_52w
            ) as highs,
            count(*) filter (
                where case when is_mixed_scale then close_price else low_price end <= low_52w
            ) as lows
        from gold.fact_adjusted_prices
        where
            is_complete_week
            and return_52w_pct is not null
            and week_ending = (select max(week_ending) from gold.mart_latest_week)
        """,
        version=published.version,
    ).row(0)
    return int(row[0]), int(row[1])


def dividends_paid(published: Publication, *, most: int = 200) -> pl.DataFrame:
    """The dividends of the newest weeks, by the week in which the shares went without them.

    Shape:  at most `most` rows, the newest week first.
    Units:  listing's currency per share of that week; null where the adjusted series contradicts the amount.
    """
    statement = sql.SQL(
        """
        select
            fact.symbol,
            stock.company_name,
            fact.week_ending,
            fact.week_ending = stock.newest_week as is_this_week,
            fact.dividend_per_share::double precision as dividend_per_share,
            stock.currency,
            fact.corporate_action,
            fact.dividend_yield_pct,
            fact.load_timestamp,
            fact.execution_batch_id
        from gold.fact_adjusted_prices as fact
        inner join (
            select
                symbol,
                company_name,
                currency,
                max(week_ending) over () as newest_week
            from gold.mart_latest_week
        ) as stock
            on fact.symbol = stock.symbol
        where
            fact.is_complete_week
            and fact.dividend_amount > 0
            and fact.week_ending > (select max(week_ending) - 7 * {weeks} from gold.mart_latest_week)
        order by fact.week_ending desc, fact.symbol asc
        limit {most}
        """
    )
    return read_published(render(statement, weeks=WEEKS_OF_DIVIDENDS, most=most), version=published.version)


def news(published: Publication) -> pl.DataFrame:
    """What is new since the week before: highs and lows, splits, restated histories, stocks that came or fell silent.

    Shape:  one row per event, (what, symbol, company_name, detail), at most `MOST_NEWS`.
    """
    statement = sql.SQL(
        """
        with newest_week as (
            select max(week_ending) as week_ending
            from gold.mart_latest_week
        ),

        this_week as (
            select fact.*
            from gold.fact_adjusted_prices as fact
            inner join newest_week
                on fact.week_ending = newest_week.week_ending
        ),

        events as (
            select
                1 as place,
                'Shares changed' as what,
                symbol,
                corporate_action as detail,
                load_timestamp,
                execution_batch_id
            from this_week
            where corporate_action is not null and corporate_action <> 'dividend'

            union all

            select
                2 as place,
                'History restated' as what,
                symbol,
                'after a ' || cause || ': ' || rows_changed || ' weeks back to ' || first_week as detail,
                loaded_at as load_timestamp,
                execution_batch_id
            from silver.restatements
            where known_at > {market_at}::timestamptz - interval '7 days'

            union all

            select
                case when fact.return_52w_pct is null then 3 when fact.close_price >= fact.high_52w then 4 else 5 end,
                case
                    when fact.return_52w_pct is null then 'First week on record'
                    when fact.high_price >= fact.high_52w then 'New 52-week high'
                    else 'New 52-week low'
                end,
                fact.symbol,
                'close ' || trim_scale(fact.close_price) as detail,
                fact.load_timestamp,
                fact.execution_batch_id
            from this_week as fact
            where
                fact.is_complete_week
                and not fact.is_mixed_scale
                and (
                    fact.weekly_return_pct is null
                    or (fact.return_52w_pct is not null and fact.high_price >= fact.high_52w)
                    or (fact.return_52w_pct is not null and fact.low_price <= fact.low_52w)
                )

            union all

            select
                6 as place,
                'No price this week' as what,
                mart_latest_week.symbol,
                'newest week ' || mart_latest_week.week_ending as detail,
                mart_latest_week.load_timestamp,
                mart_latest_week.execution_batch_id
            from gold.mart_latest_week as mart_latest_week
            cross join newest_week
            where mart_latest_week.is_active and mart_latest_week.week_ending < newest_week.week_ending
        )

        select
            events.what,
            events.symbol,
            stock.company_name,
            events.detail,
            events.load_timestamp,
            events.execution_batch_id
        from events
        left join gold.dim_stock as stock
            on events.symbol = stock.symbol
        order by events.place, events.symbol
        limit {most}
        """
    )
    market_at = published.market_at.isoformat()
    return read_published(render(statement, market_at=market_at, most=MOST_NEWS), version=published.version)
