-- A table, so that a build computes from one state of silver: what is loaded
-- meanwhile waits for the next publication. In schema audit, where people look
-- up what a build worked on.
{{ config(
    materialized='table',
    schema='audit',
    alias='changed_weeks',
    unlogged=true,
    post_hook='{{ complete_candidate() }}',
) }}

-- A symbol that silver dropped is a row without a week.
with weeks_of_changed_symbols as (
    select
        changed_symbols.symbol,
        changed_symbols.is_ticker,
        weekly_prices.week_ending,
        weekly_prices.price_date,
        weekly_prices.open_price,
        weekly_prices.high_price,
        weekly_prices.low_price,
        weekly_prices.close_price,
        weekly_prices.adj_close_price,
        weekly_prices.received_adj_close_price,
        weekly_prices.effective_adj_close,
        weekly_prices.trade_volume,
        weekly_prices.dividend_amount,
        weekly_prices.dividend_per_share,
        weekly_prices.regular_dividend_per_share,
        weekly_prices.distribution_per_share,
        weekly_prices.split_to,
        weekly_prices.split_from,
        weekly_prices.split_factor,
        weekly_prices.unit_factor,
        weekly_prices.other_factor,
        weekly_prices.total_return_factor,
        weekly_prices.growth_width,
        weekly_prices.is_special_dividend,
        weekly_prices.is_action_unsure,
        weekly_prices.is_action_listed,
        weekly_prices.is_mixed_scale,
        weekly_prices.is_factor_coarse,
        weekly_prices.is_tick_bound,
        weekly_prices.is_retained,
        weekly_prices.is_complete_week,
        weekly_prices.has_rejected_fields,
        weekly_prices.is_accepted,
        weekly_prices.bronze_key,
        weekly_prices.silver_batch_id,
        weekly_prices.loaded_at
    from {{ ref('int_changed_symbols') }} as changed_symbols
    left join {{ ref('stg_weekly_adjusted_prices') }} as weekly_prices
        on changed_symbols.symbol = weekly_prices.symbol
)

select * from weeks_of_changed_symbols
{{ join_broken_rules(received_rules()) }}
