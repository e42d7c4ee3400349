{{ config(materialized='view') }}

-- The relationships tests read the dimensions: they must be there first.
-- depends_on: {{ ref('dim_stock_candidates') }}
-- depends_on: {{ ref('dim_trading_day_candidates') }}

with changed as (
    select symbol from {{ ref('changed_bars') }} where is_days_changed
)

select
    {{ dbt_utils.generate_surrogate_key(['symbol']) }} as stock_id,
    {{ trading_day_id('trade_date') }} as trading_day_id,
    symbol,
    trade_date,
    open_price,
    high_price,
    low_price,
    close_price,
    trade_volume,
    split_adj_open as split_adj_open_price,
    split_adj_high as split_adj_high_price,
    split_adj_low as split_adj_low_price,
    split_adj_close as split_adj_close_price,
    split_adj_volume,
    adj_close as adj_close_price,
    daily_return_pct,
    price_return_pct,
    close_price * trade_volume as dollar_volume,
    avg_volume_20,
    volume_ratio,
    {{ percent_change('high_price / nullif(low_price, 0)') }} as range_pct,
    split_factor,
    price_factor,
    dividend_per_share,
    is_complete_day,
    is_scale_unknown,
    is_action_day_unknown,
    missing_sessions_before,
    trade_volume = 0 as has_no_trades,
    close_price < 0.01 as is_tick_bound,
    has_rejected_fields
from {{ ref('computed_days') }}
where symbol in (select changed.symbol from changed)
