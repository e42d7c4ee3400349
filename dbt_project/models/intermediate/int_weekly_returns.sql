-- Only the newest week of a stock can be open, so the row before is complete
-- (rule only_the_newest_week_is_open).
with weeks_with_earlier_prices as (
    select
        symbol,
        week_ending,
        week_index,
        effective_adj_close,
        is_complete_week,
        close_price * split_factor * other_factor as comparable_close_price,
        week_index - lag(week_index) over by_week as weeks_spanned,
        lag(close_price) over by_week as previous_close_price,
        lag(effective_adj_close) over by_week as previous_adj_close_price,
        first_value(effective_adj_close) over four_weeks_ago as price_4w_ago,
        first_value(effective_adj_close) over thirteen_weeks_ago
            as price_13w_ago,
        first_value(effective_adj_close) over fifty_two_weeks_ago
            as price_52w_ago,
        max(effective_adj_close) over by_week as highest_adj_close
    from {{ ref('int_sound_weeks') }}
    window
        by_week as (partition by symbol order by week_index),
        four_weeks_ago as (by_week range between 4 preceding and 4 preceding),
        thirteen_weeks_ago as (
            by_week range between 13 preceding and 13 preceding
        ),
        fifty_two_weeks_ago as (
            by_week range between 52 preceding and 52 preceding
        )
)

-- nullif(x, 0): a broken row must reach its test.
select
    symbol,
    week_ending,
    week_index,
    effective_adj_close,
    is_complete_week,
    weeks_spanned,
    previous_close_price,
    previous_adj_close_price,
    {{ percent_change(
        'effective_adj_close / nullif(previous_adj_close_price, 0)'
    ) }} as weekly_return_pct,
    {{ percent_change(
        'comparable_close_price / nullif(previous_close_price, 0)'
    ) }} as price_return_pct,
    {{ percent_change('effective_adj_close / nullif(price_4w_ago, 0)') }}
        as return_4w_pct,
    {{ percent_change('effective_adj_close / nullif(price_13w_ago, 0)') }}
        as return_13w_pct,
    {{ percent_change('effective_adj_close / nullif(price_52w_ago, 0)') }}
        as return_52w_pct,
    case
        when is_complete_week
            then
                {{ percent_change(
                    'effective_adj_close / nullif(highest_adj_close, 0)'
                ) }}
    end as drawdown_pct
from weeks_with_earlier_prices
