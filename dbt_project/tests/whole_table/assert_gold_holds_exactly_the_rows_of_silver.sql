-- Likely cause: silver was changed after the last publication, or gold by hand;
-- `dbt build --full-refresh` compares everything anew. Of a quarantined symbol
-- gold holds what was published before: assert_no_symbol_is_quarantined
-- counts it.
-- depends_on: {{ ref('publications') }}
with quarantined as (
    select symbol
    from {{ source('ops', 'quarantines') }}
    where place = 'publication' and ended_at is null
),

silver as (
    select
        symbol,
        week_ending,
        price_date,
        open_price,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        trade_volume,
        dividend_amount,
        dividend_per_share,
        distribution_per_share,
        split_to,
        split_from,
        split_factor,
        other_factor,
        is_complete_week,
        is_mixed_scale,
        is_action_unsure,
        is_factor_coarse,
        is_tick_bound
    from {{ ref('stg_weekly_adjusted_prices') }}
    where symbol not in (select quarantined.symbol from quarantined)
),

gold as (
    select
        symbol,
        week_ending,
        price_date,
        open_price,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        trade_volume,
        dividend_amount,
        dividend_per_share,
        distribution_per_share,
        split_to,
        split_from,
        split_factor,
        other_factor,
        is_complete_week,
        is_mixed_scale,
        is_action_unsure,
        is_factor_coarse,
        is_tick_bound
    from {{ ref('fact_adjusted_prices') }}
    where symbol not in (select quarantined.symbol from quarantined)
),

only_in_silver as (
    select * from silver
    except all
    select * from gold
),

only_in_gold as (
    select * from gold
    except all
    select * from silver
)

select
    'only in silver' as finding,
    only_in_silver.*
from only_in_silver

union all

select
    'only in gold' as finding,
    only_in_gold.*
from only_in_gold
