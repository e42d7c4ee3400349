{% set falls %}symbol, trough_week, peak_week, recovered_week{% endset %}

with latest_weeks as (
    select
        stock_id,
        symbol,
        week_ending,
        return_4w_pct,
        return_52w_pct,
        max_drawdown_pct
    from {{ ref('mart_latest_week_candidates') }}
),

market_sensitivity as (
    select * from {{ ref('int_market_sensitivity') }}
),

-- A fall needs the whole history, which only the changed symbols bring along.
deepest_falls as (
    select {{ falls }}
    from {{ ref('int_deepest_falls') }}

    {{ union_unchanged('mart_stock_risk', falls) }}
)

select
    latest_weeks.stock_id,
    symbol,
    latest_weeks.week_ending,
    coalesce(market_sensitivity.common_weeks, 0) as common_weeks,
    market_sensitivity.beta,
    market_sensitivity.up_capture_pct,
    market_sensitivity.down_capture_pct,
    -- From 52 weeks ago to 4 weeks ago.
    {{ percent_change(
        '(1 + latest_weeks.return_52w_pct / 100)'
        ~ ' / nullif(1 + latest_weeks.return_4w_pct / 100, 0)'
    ) }} as momentum_12_1_pct,
    latest_weeks.max_drawdown_pct,
    deepest_falls.peak_week,
    deepest_falls.trough_week,
    deepest_falls.recovered_week,
    (deepest_falls.trough_week - deepest_falls.peak_week) / 7 as weeks_down,
    (deepest_falls.recovered_week - deepest_falls.trough_week) / 7 as weeks_up
from latest_weeks
left join market_sensitivity using (symbol)
left join deepest_falls using (symbol)
