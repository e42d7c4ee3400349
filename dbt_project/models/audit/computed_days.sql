{{ config(materialized='view') }}

-- What fact_daily_prices would hold of the changed symbols, with the rules that
-- a row breaks.
with moves as (
    select
        symbol,
        trade_date,
        close_price / nullif(
            lag(close_price) over (partition by symbol order by trade_date), 0
        ) as growth
    from {{ source('bars', 'changed_days') }}
),

days as (
    select
        symbol,
        trade_date,
        received.open_price,
        received.high_price,
        received.low_price,
        received.close_price,
        received.trade_volume,
        bars.split_adj_open,
        bars.split_adj_high,
        bars.split_adj_low,
        bars.split_adj_close,
        bars.split_adj_volume,
        bars.adj_close,
        {{ percent_change('bars.total_return_factor * moves.growth') }}
            as daily_return_pct,
        {{ percent_change('bars.price_factor * moves.growth') }}
            as price_return_pct,
        indicators.avg_volume_20,
        indicators.volume_ratio,
        bars.split_factor,
        bars.price_factor,
        bars.dividend_per_share,
        received.is_complete_day,
        bars.is_scale_unknown,
        bars.is_action_day_unknown,
        bars.missing_sessions_before,
        received.has_rejected_fields,
        received.bronze_key
    from {{ source('bars', 'changed_days') }} as received
    inner join moves using (symbol, trade_date)
    inner join {{ source('bars', 'daily_bars') }} as bars
        using (symbol, trade_date)
    left join {{ source('bars', 'daily_indicators') }} as indicators
        using (symbol, trade_date)
)

select * from days
{{ join_broken_rules(daily_rules()) }}
