with weeks_with_earlier_index as (
    select
        symbol,
        week_ending,
        week_index,
        is_complete_week,
        return_index,
        first_value(return_index) over four_weeks_ago as index_4w_ago,
        first_value(return_index) over thirteen_weeks_ago as index_13w_ago,
        first_value(return_index) over fifty_two_weeks_ago as index_52w_ago,
        max(return_index) over by_week as highest_index
    from {{ ref('int_weekly_returns') }}
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
    {{ percent_change('return_index / nullif(index_4w_ago, 0)') }}
        as return_4w_pct,
    {{ percent_change('return_index / nullif(index_13w_ago, 0)') }}
        as return_13w_pct,
    {{ percent_change('return_index / nullif(index_52w_ago, 0)') }}
        as return_52w_pct,
    case
        when is_complete_week
            then {{ percent_change('return_index / nullif(highest_index, 0)') }}
    end as drawdown_pct
from weeks_with_earlier_index
