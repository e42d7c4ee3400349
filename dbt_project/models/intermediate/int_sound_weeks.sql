-- A view, for several models read it: a CTE read twice has no statistics.
{{ config(materialized='view', schema='audit', alias='sound_weeks') }}

with broken_symbols as (
    select symbol
    from {{ ref('int_changed_weeks') }}
    where broken_rules is not null
),

-- What breaks a rule as received may not even be computed with.
sound_weeks as (
    select
        symbol,
        week_ending,
        {{ week_index('week_ending') }} as week_index,
        price_date,
        open_price,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        received_adj_close_price,
        effective_adj_close,
        trade_volume,
        dividend_amount,
        dividend_per_share,
        regular_dividend_per_share,
        distribution_per_share,
        split_to,
        split_from,
        split_factor,
        unit_factor,
        other_factor,
        total_return_factor,
        growth_width,
        is_special_dividend,
        is_action_unsure,
        is_action_listed,
        is_mixed_scale,
        is_factor_coarse,
        is_tick_bound,
        is_retained,
        is_complete_week,
        has_rejected_fields,
        is_accepted,
        bronze_key
    from {{ ref('int_changed_weeks') }}
    where
        week_ending is not null
        and symbol not in (select broken_symbols.symbol from broken_symbols)
)

select * from sound_weeks
