-- Only the newest week of a stock can be open, so the row before is complete
-- (rule only_the_newest_week_is_open).
with weeks_with_previous_week as (
    select
        symbol,
        week_ending,
        week_index,
        close_price,
        effective_adj_close,
        is_complete_week,
        close_price * split_factor * unit_factor * other_factor
            as comparable_close_price,
        week_index - lag(week_index) over by_week as weeks_spanned,
        lag(close_price) over by_week as previous_close_price,
        first_value(close_price) over by_week as first_close_price,
        {{ total_return_factor('by_week') }} as total_return_factor
    from {{ ref('int_sound_weeks') }}
    window by_week as (partition by symbol order by week_index)
),

-- Multiplied where there is a factor: in between, equal closes stay equal.
weeks_with_index as (
    select
        symbol,
        week_ending,
        week_index,
        effective_adj_close,
        is_complete_week,
        comparable_close_price,
        weeks_spanned,
        previous_close_price,
        close_price * total_return_factor / nullif(previous_close_price, 0)
            as total_growth,
        100 * cast(close_price / first_close_price as double precision)
        * audit.product(cast(total_return_factor as double precision))
        filter (where total_return_factor <> 1)
            over by_week as total_return_index
    from weeks_with_previous_week
    window by_week as (partition by symbol order by week_index)
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
    -- The adjusted close before on the scale and in the unit of this week.
    effective_adj_close / nullif(total_growth, 0) as previous_adj_close_price,
    {{ percent_change('total_growth') }} as weekly_return_pct,
    {{ percent_change(
        'comparable_close_price / nullif(previous_close_price, 0)'
    ) }} as price_return_pct,
    total_return_index
from weeks_with_index
