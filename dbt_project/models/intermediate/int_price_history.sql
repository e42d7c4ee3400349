with changed_weeks as (
    select
        symbol,
        week_ending,
        price_date,
        open_price,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        coalesce(adj_close_price, inferred_adj_close_price)
            as effective_adj_close,
        trade_volume,
        dividend_amount,
        dividend_per_share,
        split_factor,
        other_factor,
        is_special_dividend,
        is_action_unsure,
        is_mixed_scale,
        is_carried,
        is_complete_week,
        has_rejected_fields,
        {{ week_index('week_ending') }} as week_index
    from {{ ref('changed_weeks') }}
    where week_ending is not null
),

-- A week's scale: how many of its shares one share of the first week became.
running_scales as (
    select
        *,
        trim_scale(
            audit.product(split_factor)
            filter (where split_factor <> 1)
                over by_week
        ) as split_scale,
        trim_scale(
            audit.product(split_factor * other_factor)
            filter (where split_factor <> 1 or other_factor <> 1)
                over by_week
        ) as price_scale
    from changed_weeks
    window by_week as (partition by symbol order by week_index)
)

select
    *,
    trim_scale(
        last_value(split_scale) over all_weeks / nullif(split_scale, 0)
    ) as later_split_factor
from running_scales
window
    all_weeks as (
        partition by symbol
        order by week_index
        range between unbounded preceding and unbounded following
    )
