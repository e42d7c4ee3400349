-- The source adjusts with the close of the ex-date, which lies between the
-- week's low and high: so what the recorded actions explain is an interval. A
-- low or high that is not known lies within a fifth of the close. A week
-- without an adjusted close, or after one, has nothing to explain, nor has one
-- whose action is unsure, or was decided by a list against the adjusted closes.
-- An action that silver keeps was read from the growth
-- that an earlier payload told: so the interval is as wide as that one, too.
-- A tolerance of 1e-9 needs no exact arithmetic, which takes far longer.
with inexact_prices as (
    select
        symbol,
        week_ending,
        is_previous_week_complete,
        is_return_believed,
        is_action_unsure,
        is_action_listed,
        rescaling,
        growth_width,
        cast(coalesce(high_price, 1.2 * close_price) as double precision)
            as week_high,
        cast(coalesce(low_price, close_price / 1.2) as double precision)
            as week_low,
        cast(close_price as double precision) as week_close,
        cast(adj_close_price as double precision) as adj_close,
        cast(previous_close_price as double precision) as close_before,
        cast(previous_adj_close_price as double precision) as adj_close_before,
        cast(price_factor as double precision) as price_factor,
        cast(dividend as double precision) as dividend
    from {{ ref('int_previous_weeks') }}
),

-- The source rounds adjusted closes, in both weeks; 1e-9 is for second-order
-- terms. A retained week was rounded before it was rescaled, and so was the
-- jump from it to the next.
factors_with_tolerance as (
    select
        symbol,
        week_ending,
        is_previous_week_complete,
        is_return_believed,
        week_high,
        week_low,
        price_factor,
        dividend,
        case
            when not is_action_unsure and is_action_listed is not true
                then
                    adj_close / nullif(week_close, 0)
                    * close_before / nullif(adj_close_before, 0)
        end as implied_factor,
        {{ var('adjusted_close_rounding') }} * rescaling * (
            1 / nullif(adj_close, 0) + 1 / nullif(adj_close_before, 0)
        ) + coalesce(growth_width, 0) + 1e-9 as tolerance
    from inexact_prices
)

select
    symbol,
    week_ending,
    is_previous_week_complete,
    is_return_believed,
    implied_factor,
    price_factor * (1 + dividend / nullif(week_high, 0)) * (1 - tolerance)
        as lowest_factor,
    price_factor * (1 + dividend / nullif(week_low, 0)) * (1 + tolerance)
        as highest_factor
from factors_with_tolerance
