with price_scales as (
    select
        symbol,
        week_ending,
        week_index,
        high_price,
        low_price,
        close_price,
        dividend_amount,
        dividend_per_share,
        is_mixed_scale,
        price_scale,
        later_split_factor,
        later_price_factor,
        not is_special_dividend as is_regular
    from {{ ref('int_price_scales') }}
),

-- A dividend times its week's scale is paid on a share of the first week.
yearly_sums as (
    select
        symbol,
        week_ending,
        week_index,
        high_price,
        low_price,
        close_price,
        is_mixed_scale,
        price_scale,
        later_split_factor,
        later_price_factor,
        sum(dividend_per_share * price_scale) filter (
            where is_regular
        ) over the_last_52_weeks as scaled_dividends_12m,
        count(*) filter (
            where coalesce(dividend_per_share, dividend_amount) > 0
            and is_regular
        ) over the_last_52_weeks as dividend_count_so_far,
        count(*) filter (
            where dividend_per_share is null
            and (dividend_amount is null or dividend_amount > 0 and is_regular)
        ) over the_last_52_weeks as unknown_dividend_count_12m,
        week_index - min(week_index) over by_week as weeks_of_history
    from price_scales
    window
        by_week as (partition by symbol order by week_index),
        the_last_52_weeks as (
            by_week range between 51 preceding and current row
        )
)

select
    symbol,
    week_ending,
    week_index,
    high_price,
    low_price,
    close_price,
    is_mixed_scale,
    price_scale,
    later_split_factor,
    later_price_factor,
    case when weeks_of_history >= 52 then dividend_count_so_far end
        as dividend_count_12m,
    -- Unknown as soon as one of its dividends is.
    case
        when weeks_of_history >= 52 and unknown_dividend_count_12m = 0
            then cast(
                100 * coalesce(scaled_dividends_12m, 0)
                / nullif(price_scale * close_price, 0) as double precision
            )
    end as dividend_yield_pct
from yearly_sums
