{% set figures -%}
    symbol, first_week, newest_week, complete_weeks, max_drawdown_pct,
    turnover_52w
{%- endset %}

with records as (
    select {{ figures }}
    from {{ ref('int_stock_histories') }}

    {{ union_unchanged('mart_latest_week', figures) }}
),

-- Four weeks: no exchange rests that long. Not asked for lately is stale.
activities as (
    select
        {{ figures }},
        coalesce(
            cast(looks.last_look_at at time zone 'UTC' as date)
            - records.newest_week <= 28, true
        ) as is_active
    from records
    left join {{ ref('stg_last_looks') }} as looks using (symbol)
),

-- The newest week that half of the active stocks have.
universe as (
    select
        coalesce(
            percentile_disc(0.5) within group (order by newest_week desc)
            filter (where is_active),
            max(newest_week)
        ) as latest_week
    from activities
)

select
    {{ figures }},
    activities.is_active,
    universe.latest_week
from activities
cross join universe
