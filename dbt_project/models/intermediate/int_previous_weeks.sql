-- By what a retained week's adjusted close was multiplied, twice: it was
-- rounded before, and the factor was rounded too.
with rescaled_weeks as (
    select
        symbol,
        week_ending,
        week_index,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        split_factor * other_factor as price_factor,
        coalesce(dividend_per_share, dividend_amount) as dividend,
        is_action_unsure,
        is_action_listed,
        growth_width,
        is_complete_week,
        is_accepted,
        is_retained,
        case
            when is_retained
                then cast(
                    2 * adj_close_price / nullif(
                        coalesce(received_adj_close_price, adj_close_price), 0
                    ) as double precision
                )
            else 1
        end as rescaling
    from {{ ref('int_sound_weeks') }}
)

select
    symbol,
    week_ending,
    high_price,
    low_price,
    close_price,
    adj_close_price,
    price_factor,
    dividend,
    is_action_unsure,
    is_action_listed,
    growth_width,
    greatest(rescaling, lag(rescaling) over by_week) as rescaling,
    lag(close_price) over by_week as previous_close_price,
    lag(adj_close_price) over by_week as previous_adj_close_price,
    lag(is_complete_week) over by_week as is_previous_week_complete,
    -- A return between retained weeks was judged when they came.
    is_accepted
    or coalesce(lag(is_accepted) over by_week, false)
    or (is_retained and coalesce(lag(is_retained) over by_week, false))
        as is_return_believed
from rescaled_weeks
window by_week as (partition by symbol order by week_index)
