with factors as (
    select
        symbol,
        week_ending,
        price_date,
        open_price,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        trade_volume,
        dividend_amount,
        dividend_per_share,
        regular_dividend_per_share,
        distribution_per_share,
        split_to,
        split_from,
        split_factor,
        unit_factor,
        other_factor,
        is_special_dividend,
        is_action_unsure,
        is_complete_week,
        is_mixed_scale,
        is_factor_coarse,
        is_tick_bound,
        is_retained,
        has_rejected_fields,
        bronze_key,
        case
            when not is_mixed_scale
                then adj_close_price / nullif(close_price, 0)
        end as adjustment_factor
    from {{ ref('int_sound_weeks') }}
)

select
    symbol,
    week_ending,
    price_date,
    open_price,
    high_price,
    low_price,
    close_price,
    adj_close_price,
    trim_scale(open_price * adjustment_factor) as adj_open_price,
    trim_scale(high_price * adjustment_factor) as adj_high_price,
    trim_scale(low_price * adjustment_factor) as adj_low_price,
    trade_volume,
    dividend_amount,
    dividend_per_share,
    regular_dividend_per_share,
    distribution_per_share,
    split_to,
    split_from,
    split_factor,
    unit_factor,
    other_factor,
    {{ name_corporate_action() }} as corporate_action,
    case
        when is_complete_week and not is_mixed_scale
            then {{ percent_change('high_price / nullif(low_price, 0)') }}
    end as range_pct,
    is_special_dividend,
    is_action_unsure,
    is_complete_week,
    is_mixed_scale,
    is_factor_coarse,
    is_tick_bound,
    is_retained,
    has_rejected_fields,
    bronze_key
from factors
