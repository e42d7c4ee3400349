-- Incremental because publications append. The pre-hooks share its transaction,
-- so all tables of gold change together or not at all. They are listed in
-- _gold__models.yml.
{{ config(
    materialized='incremental',
    full_refresh=false,
    on_schema_change='append_new_columns',
    pre_hook=[
        "{{ open_publication() }}",
        "{{ publish_tables() }}",
        "{{ complete_publication() }}",
        "{{ record_quarantines() }}",
        "{{ store_fingerprints() }}",
        "{{ store_published_bars() }}",
    ],
) }}

with publication_counts as (
    select
        published_table = 'fact_adjusted_prices' as is_fact,
        rows_inserted,
        rows_updated,
        rows_deleted
    from publication_counts
),

current_source as (
    select is_sample from {{ ref('dim_source_candidates') }} where is_current
),

row_counts as (
    select
        sum(rows_inserted) filter (where is_fact) as rows_inserted,
        sum(rows_updated) filter (where is_fact) as rows_updated,
        sum(rows_deleted) filter (where is_fact) as rows_deleted,
        sum(rows_inserted + rows_updated + rows_deleted) filter (
            where not is_fact
        ) as other_rows_changed
    from publication_counts
)

select
    cast({{ execution_batch_id() }} as text) as execution_batch_id,
    now() as published_at,
    {{ market_now() }} as market_at,
    current_source.is_sample,
    cast(row_counts.rows_inserted as bigint) as rows_inserted,
    cast(row_counts.rows_updated as bigint) as rows_updated,
    cast(row_counts.rows_deleted as bigint) as rows_deleted,
    cast(row_counts.other_rows_changed as bigint) as other_rows_changed
from row_counts
cross join current_source
