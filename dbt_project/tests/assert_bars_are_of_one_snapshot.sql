-- depends_on: {{ ref('changed_bars') }}
-- Likely cause: Postgres crashed after prepare_daily, which empties these
-- tables, or they were changed by hand. The next publication prepares them
-- anew.
{% set counted_tables = [
    'changed_days', 'daily_bars', 'daily_indicators', 'weekly_indicators'
] %}
{% set prepared_tables = counted_tables + [
    'prepared_symbols', 'changed_actions', 'daily_gaps'
] %}

with counted as (
    {% for table in prepared_tables %}
        select
            '{{ table }}' as prepared_table,
            {{ table in counted_tables }} as is_counted,
            count(*) as held,
            count(distinct snapshot_id) as snapshots,
            max(snapshot_id) as snapshot_id
        from {{ source('bars', table) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

prepared as (
    select
        snapshot_id,
        to_jsonb(preparation) as row_counts
    from {{ source('bars', 'preparation') }} as preparation
)

select
    counted.prepared_table,
    counted.held,
    counted.snapshots,
    counted.snapshot_id
from counted
left join prepared on true
where
    (
        counted.is_counted
        and counted.held is distinct from
        cast(prepared.row_counts ->> counted.prepared_table as bigint)
    )
    or counted.snapshots > 1
    or counted.snapshot_id <> prepared.snapshot_id
