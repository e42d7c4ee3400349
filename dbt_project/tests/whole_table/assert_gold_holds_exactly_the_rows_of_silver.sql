-- Likely cause: silver was changed after the last publication, or gold by hand;
-- `dbt build --full-refresh` compares everything anew.
-- depends_on: {{ ref('publications') }}
with silver as (
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
        split_factor,
        other_factor,
        is_complete_week,
        is_mixed_scale
    from {{ ref('stg_weekly_adjusted_prices') }}
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
        split_factor,
        other_factor,
        is_complete_week,
        is_mixed_scale
    from {{ ref('fact_adjusted_prices') }}
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
