with sound_weeks as (
    select
        symbol,
        week_ending,
        week_index,
        high_price,
        low_price,
        close_price,
        dividend_amount,
        regular_dividend_per_share,
        split_factor,
        split_factor * unit_factor * other_factor as price_factor,
        is_mixed_scale
    from {{ ref('int_sound_weeks') }}
),

-- A week's scale: how many of its shares one share of the first week became.
running_scales as (
    select
        symbol,
        week_ending,
        week_index,
        high_price,
        low_price,
        close_price,
        is_mixed_scale,
        regular_dividend_per_share,
        regular_dividend_per_share is null
        and coalesce(dividend_amount <> 0, true) as is_dividend_unknown,
        trim_scale(
            audit.product(split_factor)
            filter (where split_factor <> 1)
                over by_week
        ) as split_scale,
        trim_scale(
            audit.product(price_factor)
            filter (where price_factor <> 1)
                over by_week
        ) as price_scale
    from sound_weeks
    window by_week as (partition by symbol order by week_index)
)

select
    symbol,
    week_ending,
    week_index,
    high_price,
    low_price,
    close_price,
    is_mixed_scale,
    regular_dividend_per_share,
    is_dividend_unknown,
    price_scale,
    trim_scale(
        last_value(split_scale) over all_weeks / nullif(split_scale, 0)
    ) as later_split_factor,
    trim_scale(
        last_value(price_scale) over all_weeks / nullif(price_scale, 0)
    ) as later_price_factor
from running_scales
window
    all_weeks as (
        partition by symbol
        order by week_index
        range between unbounded preceding and unbounded following
    )
