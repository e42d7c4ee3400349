"""What the page *Stock* asks of dividends and splits: each of them, by its week."""

from datetime import date

import polars as pl

from dashboards.queries.publication import Publication
from dashboards.reader import checked

# What changed the shares or their unit in a week of the fact; empty in any other.
CHANGE_WORDS = """
    concat_ws(
        ', ',
        case when split_to <> split_from then 'split ' || split_to || ' : ' || split_from end,
        case when other_factor <> 1 then 'other factor ' || round(other_factor::numeric, 4) end,
        case when unit_factor <> 1 then 'unit x ' || unit_factor end,
        case when distribution_per_share > 0 then 'distribution ' || trim_scale(distribution_per_share) end
    )
"""
HAS_DIVIDEND = "coalesce(coalesce(dividend_per_share, dividend_amount) > 0, false)"


def actions(published: Publication, symbol: str, *, since: date | None, until: date | None = None) -> pl.DataFrame:
    """Each dividend, split and the like of a stock, with its day where the source's list of them is in silver.

    Shape:  one row per week and kind, the newest first; an amount is null where nobody told it, and of a split.
    Units:  listing's currency per share of that week, `dividend_today` per share of today; yield of one payment over
            the close of its week in percent.
    """
    statement = f"""
        with weeks as (
            select
                *,
                {CHANGE_WORDS} as change_words,
                {HAS_DIVIDEND} as has_dividend
            from gold.fact_adjusted_prices
            where
                symbol = any({{symbols}})
                and week_ending >= coalesce({{since}}, '-infinity'::date)
                and week_ending <= coalesce({{until}}, 'infinity'::date)
        )

        select
            weeks.symbol,
            weeks.week_ending,
            listed.ex_date,
            listed.payment_date,
            event.words as action_words,
            case when event.is_dividend then weeks.dividend_per_share::double precision end as dividend_of_week,
            case
                when event.is_dividend
                    then weeks.dividend_per_share / nullif(weeks.later_price_factor::numeric, 0)
            end::double precision as dividend_today,
            weeks.weekly_return_pct,
            weeks.load_timestamp,
            weeks.execution_batch_id
        from weeks
        cross join lateral (
            values
            (true, case when weeks.is_special_dividend then 'dividend, in part special' else 'dividend' end),
            (false, weeks.change_words)
        ) as event (is_dividend, words)
        left join lateral (
            select min(action.ex_date) as ex_date, min(action.payment_date) as payment_date
            from silver.corporate_actions as action
            where
                action.symbol = weeks.symbol
                and (action.kind = 'dividend') = event.is_dividend
                and action.ex_date between weeks.week_ending - 4 and weeks.week_ending + 2
        ) as listed
            on true
        where case when event.is_dividend then weeks.has_dividend else event.words <> '' end
        order by weeks.week_ending desc, event.is_dividend desc
    """
    return published.read(statement, symbols=checked([symbol]), since=since, until=until)
