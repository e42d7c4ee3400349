{% set carried -%}
    symbol, week_ending, effective_adj_close, weeks_spanned,
    previous_close_price, previous_adj_close_price, weekly_return_pct,
    price_return_pct, total_return_index
{%- endset %}

with weeks_with_earlier_index as (
    select
        {{ carried }},
        is_complete_week,
        first_value(total_return_index) over four_weeks_ago as index_4w_ago,
        first_value(total_return_index) over thirteen_weeks_ago
            as index_13w_ago,
        first_value(total_return_index) over fifty_two_weeks_ago
            as index_52w_ago,
        max(total_return_index) over by_week as highest_index
    from {{ ref('int_total_returns') }}
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

-- 1e-12: where it is back at its peak but for the last digit of the product.
select
    {{ carried }},
    {{ percent_change('total_return_index / index_4w_ago') }} as return_4w_pct,
    {{ percent_change('total_return_index / index_13w_ago') }}
        as return_13w_pct,
    {{ percent_change('total_return_index / index_52w_ago') }}
        as return_52w_pct,
    case
        when not is_complete_week then null
        when total_return_index >= highest_index * (1 - 1e-12) then 0
        else {{ percent_change('total_return_index / highest_index') }}
    end as drawdown_pct
from weeks_with_earlier_index
