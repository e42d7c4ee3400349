-- A table, so that all of a build computes from one state of silver; in schema
-- audit, where people look up what a build worked on.
{{ config(
    materialized='table',
    schema='audit',
    alias='changed_weeks',
    unlogged=true,
    post_hook='{{ complete_candidate() }}',
) }}

-- The only reader of silver's weekly prices. One statement sees one state of
-- silver: what a load writes meanwhile waits for the next publication.
with weekly_prices as not materialized ( -- read twice: neither time as a copy
    select
        symbol,
        week_ending,
        price_date,
        open_price,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        received_adj_close_price,
        inferred_adj_close_price,
        trade_volume,
        dividend_amount,
        dividend_per_share,
        split_factor,
        other_factor,
        is_special_dividend,
        is_action_unsure,
        is_mixed_scale,
        is_carried,
        is_complete_week,
        has_rejected_fields,
        is_accepted,
        bronze_key,
        silver_batch_id,
        loaded_at
    from {{ ref('stg_weekly_adjusted_prices') }}
),

silver as (
    select
        symbol,
        {{ fingerprint_of_weeks() }}
    from weekly_prices
    group by symbol
),

published as (
    {{ select_published_fingerprints() }}
),

changed_symbols as (
    select
        symbol,
        -- Once, not for every week.
        {{ looks_like_ticker('symbol') }} as is_ticker
    from silver
    full join published using (symbol)
    where
        published.is_incomplete
        or (silver.weeks, silver.loaded_at, silver.batches)
        is distinct from
        (published.weeks, published.loaded_at, published.batches)
),

-- A symbol that silver dropped is a row without a week.
weeks_of_changed_symbols as (
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
        weekly_prices.inferred_adj_close_price,
        weekly_prices.trade_volume,
        weekly_prices.dividend_amount,
        weekly_prices.dividend_per_share,
        weekly_prices.split_factor,
        weekly_prices.other_factor,
        weekly_prices.is_special_dividend,
        weekly_prices.is_action_unsure,
        weekly_prices.is_mixed_scale,
        weekly_prices.is_carried,
        weekly_prices.is_complete_week,
        weekly_prices.has_rejected_fields,
        weekly_prices.is_accepted,
        weekly_prices.bronze_key,
        weekly_prices.silver_batch_id,
        weekly_prices.loaded_at
    from changed_symbols
    left join weekly_prices on changed_symbols.symbol = weekly_prices.symbol
)

select
    *,
    {{ broken_rules(received_rules()) }} as broken_rules
from weeks_of_changed_symbols
