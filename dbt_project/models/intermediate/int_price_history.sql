with quarantined_symbols as (
    select symbol
    from {{ ref('int_changed_weeks') }}
    where broken_rules is not null
),

changed_weeks as (
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
        received_adj_close_price,
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
        is_accepted,
        bronze_key,
        {{ week_index('week_ending') }} as week_index,
        -- By what a carried week's adjusted close was multiplied, twice: it was
        -- rounded before, and the factor was rounded too.
        case
            when is_carried
                then cast(
                    2 * adj_close_price / nullif(
                        coalesce(received_adj_close_price, adj_close_price), 0
                    ) as double precision
                )
            else 1
        end as rescaling
    from {{ ref('int_changed_weeks') }}
    -- What breaks a rule as received may not even be computed with.
    where
        week_ending is not null
        and symbol not in (
            select quarantined_symbols.symbol from quarantined_symbols
        )
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
        ) as price_scale,
        lag(is_complete_week) over by_week as is_previous_week_complete,
        lag(adj_close_price) over by_week as previous_stated_adj_close,
        lag(rescaling) over by_week as previous_rescaling,
        -- A return between carried weeks was judged when they came.
        is_accepted
        or coalesce(lag(is_accepted) over by_week, false)
        or (is_carried and coalesce(lag(is_carried) over by_week, false))
            as is_return_believed
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
