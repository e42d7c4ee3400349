{{ config(materialized='view') }}

-- The relationships tests read the dimensions: they must be there first.
-- depends_on: {{ ref('dim_stock_candidates') }}
-- depends_on: {{ ref('dim_date_candidates') }}

with changed as (
    select symbol from {{ ref('changed_bars') }} where is_weeks_changed
)

select
    {{ dbt_utils.generate_surrogate_key(['symbol']) }} as stock_id,
    {{ dbt_utils.generate_surrogate_key(['week_ending']) }} as date_id,
    symbol,
    week_ending,
    {{ indicators() | join(',\n    ') }}
from {{ source('bars', 'weekly_indicators') }}
where symbol in (select changed.symbol from changed)
