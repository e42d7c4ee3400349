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
    dividends_52w,
    turnover_52w,
    return_z_score,
    has_rejected_fields
{%- endset %}

with complete_weeks as (
    select
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
        dividends_52w,
        return_z_score,
        has_rejected_fields
    from {{ ref('fact_adjusted_prices_candidates') }}
    where is_complete_week
),

stocks as (
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

stock_histories as (
    select
        symbol,
        min(week_ending) as first_week,
        max(week_ending) as week_ending,
        count(*) as complete_weeks,
        min(drawdown_pct) as max_drawdown_pct
    from complete_weeks
    group by symbol
),

turnovers as (
    select
        complete_weeks.symbol,
        sum(complete_weeks.close_price * complete_weeks.trade_volume)
            as turnover_52w
    from complete_weeks
    inner join stock_histories
        on
            complete_weeks.symbol = stock_histories.symbol
            and complete_weeks.week_ending > stock_histories.week_ending - 364
    group by complete_weeks.symbol
),

latest_weeks as (
    select
        {{ figures }}
    from stock_histories
    inner join turnovers using (symbol)
    inner join complete_weeks using (symbol, week_ending)

    {{ union_unchanged('mart_latest_week', figures) }}
)

select
    latest_weeks.*,
    stocks.company_name,
    stocks.sector,
    stocks.industry,
    stocks.currency,
    stocks.exchange,
    stocks.country,
    stocks.asset_type,
    stocks.is_active
from latest_weeks
inner join stocks on latest_weeks.stock_id = stocks.stock_id
