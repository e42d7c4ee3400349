-- The source adjusts with the close of the ex-date, which lies between the
-- week's low and high: so what the recorded actions explain is an interval. A
-- low or high that is not known lies within a fifth of the close. A week
-- without an adjusted close, or after one, has nothing to explain.
with weekly_figures as (
    select * from {{ ref('int_volatility') }}
),

-- A tolerance of 1e-9 needs no exact arithmetic, which takes far longer.
inexact_prices as (
    select
        *,
        cast(coalesce(high_price, 1.2 * close_price) as double precision)
            as inexact_high,
        cast(coalesce(low_price, close_price / 1.2) as double precision)
            as inexact_low,
        cast(close_price as double precision) as inexact_close,
        cast(adj_close_price as double precision) as inexact_adj_close,
        cast(previous_close_price as double precision)
            as inexact_previous_close,
        cast(previous_stated_adj_close as double precision)
            as inexact_previous_adj_close,
        cast(split_factor * other_factor as double precision) as price_factor,
        cast(
            coalesce(dividend_per_share, dividend_amount) as double precision
        ) as inexact_dividend
    from weekly_figures
),

-- The source rounds adjusted closes, in both weeks; 1e-9 is for second-order
-- terms. A carried week was rounded before it was rescaled, and so was the jump
-- from it to the next.
factors_with_tolerance as (
    select
        *,
        inexact_adj_close / nullif(inexact_close, 0)
        * inexact_previous_close / nullif(inexact_previous_adj_close, 0)
            as implied_factor,
        {{ var('adjusted_close_rounding') }}
        * greatest(rescaling, previous_rescaling) * (
            1 / nullif(inexact_adj_close, 0)
            + 1 / nullif(inexact_previous_adj_close, 0)
        ) + 1e-9 as tolerance
    from inexact_prices
)

select
    *,
    price_factor * (1 + inexact_dividend / nullif(inexact_high, 0))
    * (1 - tolerance) as lowest_factor,
    price_factor * (1 + inexact_dividend / nullif(inexact_low, 0))
    * (1 + tolerance) as highest_factor
from factors_with_tolerance
