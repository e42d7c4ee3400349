select
    symbol,
    week_ending,
    price_date,
    open as open_price,
    high as high_price,
    low as low_price,
    close as close_price,
    case when not is_factor_returning then adjusted_close end
        as adj_close_price,
    received_adjusted_close as received_adj_close_price,
    coalesce(
        case when not is_factor_returning then adjusted_close end,
        inferred_adjusted_close
    ) as effective_adj_close,
    volume as trade_volume,
    dividend_amount,
    trim_scale(dividend_per_share) as dividend_per_share,
    trim_scale(dividend_per_share - special_dividend_per_share)
        as regular_dividend_per_share,
    trim_scale(distribution_per_share) as distribution_per_share,
    split_to,
    split_from,
    split_factor,
    unit_factor,
    other_factor,
    total_return_factor,
    case
        when factor_growth > 0
            then (factor_growth_high - factor_growth_low) / factor_growth
    end as growth_width,
    is_special_dividend,
    is_action_unsure,
    is_action_listed,
    is_mixed_scale,
    is_factor_coarse,
    is_tick_bound,
    is_retained,
    is_complete_week,
    has_rejected_fields,
    is_accepted,
    bronze_key,
    execution_batch_id as silver_batch_id,
    loaded_at
from {{ source('silver', 'weekly_adjusted_prices') }}
