{{ config(pre_hook='{{ without_nested_loops() }}') }}

with changed as (
    select symbol from {{ ref('changed_bars') }} where is_days_changed
)

select
    {{ dbt_utils.generate_surrogate_key(['gaps.symbol']) }} as stock_id,
    gaps.symbol,
    gaps.first_session,
    gaps.last_session,
    gaps.sessions
from {{ source('bars', 'daily_gaps') }} as gaps
where gaps.symbol in (select changed.symbol from changed)
