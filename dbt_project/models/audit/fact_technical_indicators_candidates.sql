{{ config(materialized='view') }}

-- The relationships tests read the dimensions: they must be there first.
-- depends_on: {{ ref('dim_stock_candidates') }}
-- depends_on: {{ ref('dim_trading_day_candidates') }}

with changed as (
    select symbol from {{ ref('changed_bars') }} where is_days_changed
)

select
    {{ dbt_utils.generate_surrogate_key(['symbol']) }} as stock_id,
    {{ trading_day_id('trade_date') }} as trading_day_id,
    symbol,
    trade_date,
    {{ indicators() | join(',\n    ') }}
from {{ source('bars', 'daily_indicators') }}
where symbol in (select changed.symbol from changed)
