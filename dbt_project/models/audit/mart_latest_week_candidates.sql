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

records as (
    select
        symbol,
        first_week,
        newest_week,
        latest_week,
        complete_weeks,
        max_drawdown_pct,
        turnover_52w
    from {{ ref('stock_records') }}
)

select
    weeks.stock_id,
    symbol,
    stocks.company_name,
    stocks.sector,
    stocks.industry,
    stocks.currency,
    stocks.exchange,
    stocks.country,
    stocks.asset_type,
    stocks.is_active,
    records.first_week,
    records.newest_week,
    weeks.week_ending,
    coalesce(weeks.week_ending = records.latest_week, false) as is_latest_week,
    records.complete_weeks,
    weeks.close_price,
    weeks.adj_close_price,
    weeks.trade_volume,
    weeks.corporate_action,
    weeks.weekly_return_pct,
    weeks.weeks_spanned,
    weeks.price_return_pct,
    weeks.return_4w_pct,
    weeks.return_13w_pct,
    weeks.return_52w_pct,
    weeks.volatility_pct,
    weeks.high_52w,
    weeks.low_52w,
    weeks.drawdown_pct,
    records.max_drawdown_pct,
    weeks.dividend_yield_pct,
    weeks.dividend_count_12m,
    records.turnover_52w,
    weeks.return_z_score,
    weeks.is_tick_bound,
    weeks.has_rejected_fields
from {{ ref('int_latest_weeks') }} as weeks
inner join records using (symbol)
inner join stocks on weeks.stock_id = stocks.stock_id
