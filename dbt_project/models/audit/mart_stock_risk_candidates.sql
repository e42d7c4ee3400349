{{ config(pre_hook='{{ without_nested_loops() }}') }}
{% set benchmark = var('benchmark_symbol', none) or 'the other stocks' %}
{% set drawdowns %}symbol, trough_week, peak_week, recovered_week{% endset %}

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
    select
        symbol,
        common_weeks,
        beta,
        r_squared,
        up_capture_pct,
        down_capture_pct
    from {{ ref('int_market_sensitivity') }}
),

-- A drawdown needs the whole history, which only changed symbols have here.
max_drawdowns as (
    select {{ drawdowns }}
    from {{ ref('int_max_drawdowns') }}

    {{ union_unchanged('mart_stock_risk', drawdowns) }}
)

select
    latest_weeks.stock_id,
    symbol,
    latest_weeks.week_ending,
    coalesce(market_sensitivity.common_weeks, 0) as common_weeks,
    '{{ benchmark }}' as benchmark,
    market_sensitivity.beta,
    -- Betas move towards 1 with time (Blume).
    0.67 * market_sensitivity.beta + 0.33 as adjusted_beta,
    market_sensitivity.r_squared,
    market_sensitivity.up_capture_pct,
    market_sensitivity.down_capture_pct,
    -- From 52 weeks ago to 4 weeks ago.
    {{ percent_change(
        '(1 + latest_weeks.return_52w_pct / 100)'
        ~ ' / nullif(1 + latest_weeks.return_4w_pct / 100, 0)'
    ) }} as momentum_12_1_pct,
    latest_weeks.max_drawdown_pct,
    max_drawdowns.peak_week,
    max_drawdowns.trough_week,
    max_drawdowns.recovered_week,
    (max_drawdowns.trough_week - max_drawdowns.peak_week) / 7 as drawdown_weeks,
    (max_drawdowns.recovered_week - max_drawdowns.trough_week)
    / 7 as recovery_weeks
from latest_weeks
left join market_sensitivity using (symbol)
left join max_drawdowns using (symbol)
