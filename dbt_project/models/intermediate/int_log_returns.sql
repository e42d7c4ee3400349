with prices_with_previous_week as (
    select
        symbol,
        week_ending,
        week_index,
        is_complete_week,
        week_index - lag(week_index) over by_week as weeks_spanned,
        {{ total_return_factor('by_week') }} * close_price
        / nullif(lag(close_price) over by_week, 0) as total_growth
    from {{ ref('int_sound_weeks') }}
    window by_week as (partition by symbol order by week_index)
)

-- Only a complete week that follows its predecessor enters statistics. A ratio
-- above 0: a broken row must reach its test. numeric: exact sums in moving
-- windows, whatever the order.
select
    symbol,
    week_ending,
    week_index,
    is_complete_week,
    case
        when weeks_spanned = 1 and is_complete_week and total_growth > 0
            then cast(ln(cast(total_growth as double precision)) as numeric)
    end as log_return
from prices_with_previous_week
