-- A view: a whole rebuild would otherwise write all rows twice.
{{ config(materialized='view') }}

-- The relationships tests read the dimensions: they must be there first.
-- depends_on: {{ ref('dim_stock_candidates') }}
-- depends_on: {{ ref('dim_date_candidates') }}

with quarantined as (
    select symbol from {{ ref('quarantined') }}
)

select
    stock_id,
    date_id,
    source_id,
    symbol,
    week_ending,
    price_date,
    open_price,
    high_price,
    low_price,
    close_price,
    adj_close_price,
    adj_open_price,
    adj_high_price,
    adj_low_price,
    trade_volume,
    adj_volume,
    dividend_amount,
    dividend_per_share,
    trim_scale(dividend_per_share - regular_dividend_per_share)
        as special_dividend_per_share,
    distribution_per_share,
    split_to,
    split_from,
    cast(split_factor as double precision) as split_factor,
    cast(unit_factor as double precision) as unit_factor,
    cast(other_factor as double precision) as other_factor,
    cast(later_split_factor as double precision) as later_split_factor,
    cast(later_price_factor as double precision) as later_price_factor,
    corporate_action,
    weekly_return_pct,
    weeks_spanned,
    price_return_pct,
    total_return_index,
    return_4w_pct,
    return_13w_pct,
    return_52w_pct,
    volatility_pct,
    range_pct,
    high_52w,
    low_52w,
    drawdown_pct,
    dividend_yield_pct,
    dividend_count_12m,
    return_z_score,
    is_special_dividend,
    is_action_unsure,
    is_complete_week,
    is_mixed_scale,
    is_factor_coarse,
    is_tick_bound,
    trade_volume = 0 as has_no_trades,
    is_retained,
    has_rejected_fields
from {{ ref('computed_weeks') }}
where symbol not in (select quarantined.symbol from quarantined)
