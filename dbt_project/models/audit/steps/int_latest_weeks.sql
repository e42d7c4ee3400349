{% set figures -%}
    stock_id,
    symbol,
    week_ending,
    close_price,
    adj_close_price,
    trade_volume,
    corporate_action,
    weekly_return_pct,
    weeks_spanned,
    price_return_pct,
    return_4w_pct,
    return_13w_pct,
    return_52w_pct,
    volatility_pct,
    high_52w,
    low_52w,
    drawdown_pct,
    dividend_yield_pct,
    dividend_count_12m,
    return_z_score,
    is_tick_bound,
    has_rejected_fields
{%- endset %}

with compared_weeks as (
    select
        symbol,
        week_ending
    from {{ ref('int_compared_weeks') }}
)

select {{ figures }}
from {{ ref('fact_adjusted_prices_candidates') }}
inner join compared_weeks using (symbol, week_ending)

{{ union_unchanged(
    'fact_adjusted_prices', figures,
    joined='inner join compared_weeks using (symbol, week_ending)'
) }}
