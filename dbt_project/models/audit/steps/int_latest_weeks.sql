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
        dividend_count_12m,
        return_z_score,
        has_rejected_fields
    from {{ ref('fact_adjusted_prices_candidates') }}
    where is_complete_week
),

histories as (
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
        weeks.symbol,
        sum(weeks.close_price * weeks.trade_volume) as turnover_52w
    from complete_weeks as weeks
    inner join histories
        on
            weeks.symbol = histories.symbol
            and weeks.week_ending > histories.week_ending - 364
    group by weeks.symbol
)

select
    weeks.stock_id,
    symbol,
    histories.first_week,
    week_ending,
    histories.complete_weeks,
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
    histories.max_drawdown_pct,
    weeks.dividend_yield_pct,
    weeks.dividend_count_12m,
    turnovers.turnover_52w,
    weeks.return_z_score,
    weeks.has_rejected_fields
from histories
inner join turnovers using (symbol)
inner join complete_weeks as weeks using (symbol, week_ending)
