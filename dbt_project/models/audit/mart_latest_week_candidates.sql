{% set figures -%}
    stock_id,
    symbol,
    first_week,
    week_ending,
    complete_weeks,
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
    max_drawdown_pct,
    dividend_yield_pct,
    dividend_count_12m,
    turnover_52w,
    return_z_score,
    has_rejected_fields
{%- endset %}

with stocks as (
    select
        stock_id,
        company_name,
        sector,
        industry,
        currency,
        exchange,
        country,
        asset_type,
        is_active
    from {{ ref('dim_stock_candidates') }}
),

latest_weeks as (
    select
        {{ figures }}
    from {{ ref('int_latest_weeks') }}

    {{ union_unchanged('mart_latest_week', figures) }}
)

select
    {{ figures }},
    stocks.company_name,
    stocks.sector,
    stocks.industry,
    stocks.currency,
    stocks.exchange,
    stocks.country,
    stocks.asset_type,
    stocks.is_active
from latest_weeks
inner join stocks using (stock_id)
