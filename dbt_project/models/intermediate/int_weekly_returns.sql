with price_history as (
    select * from {{ ref('int_price_history') }}
),

-- Only the newest week of a stock can be open, so the row before is complete
-- (rule only_the_newest_week_is_open).
prices_with_previous_week as (
    select
        *,
        lag(week_index) over by_week as previous_week_index,
        lag(close_price) over by_week as previous_close_price,
        lag(effective_adj_close) over by_week as previous_adj_close_price,
        first_value(effective_adj_close) over four_weeks_ago
            as adj_close_4w_ago,
        first_value(effective_adj_close) over thirteen_weeks_ago
            as adj_close_13w_ago,
        first_value(effective_adj_close) over fifty_two_weeks_ago
            as adj_close_52w_ago
    from price_history
    window
        by_week as (partition by symbol order by week_index),
        four_weeks_ago as (
            by_week range between 4 preceding and 4 preceding
        ),
        thirteen_weeks_ago as (
            by_week range between 13 preceding and 13 preceding
        ),
        fifty_two_weeks_ago as (
            by_week range between 52 preceding and 52 preceding
        )
),

-- nullif(x, 0) and a ratio above 0: a broken row must reach its test.
price_ratios as (
    select
        *,
        week_index - previous_week_index as weeks_spanned,
        effective_adj_close / nullif(previous_adj_close_price, 0)
            as adj_close_ratio,
        close_price * split_factor * other_factor
        / nullif(previous_close_price, 0) as price_ratio
    from prices_with_previous_week
)

select
    *,
    {{ percent_change('adj_close_ratio') }} as weekly_return_pct,
    {{ percent_change('price_ratio') }} as price_return_pct,
    {{ percent_change('effective_adj_close / nullif(adj_close_4w_ago, 0)') }}
        as return_4w_pct,
    {{ percent_change('effective_adj_close / nullif(adj_close_13w_ago, 0)') }}
        as return_13w_pct,
    {{ percent_change('effective_adj_close / nullif(adj_close_52w_ago, 0)') }}
        as return_52w_pct,
    -- Only a complete week that follows its predecessor enters statistics.
    -- numeric: exact sums in moving windows, whatever the order.
    case
        when weeks_spanned = 1 and is_complete_week and adj_close_ratio > 0
            then cast(ln(cast(adj_close_ratio as double precision)) as numeric)
    end as log_return
from price_ratios
