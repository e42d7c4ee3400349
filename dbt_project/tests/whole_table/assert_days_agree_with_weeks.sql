-- Likely cause: the source knows an action in one of the two series and not yet
-- in the other, or it printed other closes. On the last session of a week both
-- adjusted closes are one but for rounding (of each later action once more, for
-- its growth may be read from rounded closes), and for one ratio of all weeks:
-- what happened between the two fetches. A week whose last session is missing
-- is not compared: mart_daily_gaps names it.
{{ config(severity='warn') }}

with closes as (
    select
        weeks.symbol,
        weeks.week_ending,
        weeks.close_price as weekly_close,
        daily.close_price as daily_close,
        weeks.adj_close_price as weekly_adj_close,
        daily.adj_close_price as daily_adj_close,
        first_value(daily.adj_close_price / nullif(weeks.adj_close_price, 0))
            over of_symbol as ratio,
        first_value(weeks.adj_close_price) over of_symbol
            as newest_adj_close,
        1 + count(weeks.corporate_action) over of_symbol as roundings
    from {{ ref('fact_adjusted_prices') }} as weeks
    inner join {{ ref('fact_daily_prices') }} as daily
        on
            weeks.symbol = daily.symbol
            and weeks.price_date = daily.trade_date
    where
        weeks.is_complete_week
        and daily.is_complete_day
        and weeks.adj_close_price is not null
        and daily.adj_close_price is not null
        and not weeks.is_retained
    window of_symbol as (
        partition by weeks.symbol order by weeks.week_ending desc
    )
)

select
    symbol,
    week_ending,
    case
        when weekly_close <> daily_close then 'another close'
        else 'adjusted otherwise'
    end as cause,
    weekly_close,
    daily_close,
    weekly_adj_close,
    daily_adj_close,
    ratio
from closes
where
    abs(daily_adj_close - ratio * weekly_adj_close)
    > roundings
    * {{ var('adjusted_close_rounding') }}
    * (ratio + daily_adj_close / nullif(newest_adj_close, 0))
