-- depends_on: {{ ref('changed_bars') }}
-- Likely cause: Postgres crashed after prepare_daily, which empties these
-- tables, or they were changed by hand. The next publication prepares them
-- anew.
with counted as (
    select
        'changed_days' as prepared_table,
        count(*) as held,
        count(distinct snapshot_id) as snapshots,
        max(snapshot_id) as snapshot_id
    from {{ source('bars', 'changed_days') }}

    union all

    select
        'daily_bars' as prepared_table,
        count(*) as held,
        count(distinct snapshot_id) as snapshots,
        max(snapshot_id) as snapshot_id
    from {{ source('bars', 'daily_bars') }}

    union all

    select
        'daily_indicators' as prepared_table,
        count(*) as held,
        count(distinct snapshot_id) as snapshots,
        max(snapshot_id) as snapshot_id
    from {{ source('bars', 'daily_indicators') }}

    union all

    select
        'weekly_indicators' as prepared_table,
        count(*) as held,
        count(distinct snapshot_id) as snapshots,
        max(snapshot_id) as snapshot_id
    from {{ source('bars', 'weekly_indicators') }}
),

prepared as (
    select
        snapshot_id,
        jsonb_build_object(
            'changed_days', changed_days,
            'daily_bars', daily_bars,
            'daily_indicators', daily_indicators,
            'weekly_indicators', weekly_indicators
        ) as row_counts
    from {{ source('bars', 'preparation') }}
)

select
    counted.prepared_table,
    counted.held,
    counted.snapshots,
    counted.snapshot_id
from counted
left join prepared on true
where
    counted.held is distinct from
    cast(prepared.row_counts ->> counted.prepared_table as bigint)
    or counted.snapshots > 1
    or counted.snapshot_id <> prepared.snapshot_id
