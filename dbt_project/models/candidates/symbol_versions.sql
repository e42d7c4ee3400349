{% set computed_by_symbol = [
    'fact_adjusted_prices_candidates',
    'mart_latest_week_candidates',
    'mart_dividends_candidates',
] %}

with weekly_prices as (
    select
        symbol,
        week_ending,
        silver_batch_id,
        loaded_at
    from {{ ref('stg_weekly_adjusted_prices') }}
),

-- Whatever happens to a row changes one of these: removed or added, the count;
-- written again, its moment; written by an older transaction that had to wait,
-- its batch.
silver as (
    select
        symbol,
        count(*) as weeks,
        min(week_ending) as first_week,
        max(week_ending) as last_week,
        max(loaded_at) as loaded_at,
        sum(hashtextextended(silver_batch_id, 0)) as batches,
        '{{ formula_of(computed_by_symbol) }}' as formula
    from weekly_prices
    group by symbol
),

published as (
    {{ select_published_versions() }}
)

select
    symbol,
    coalesce(silver.weeks, 0) as weeks,
    silver.first_week,
    silver.last_week,
    silver.loaded_at,
    silver.batches,
    silver.formula,
    {% if is_whole_rebuild() -%}
        true
    {%- else -%}
        (
            silver.weeks is distinct from published.weeks
            or silver.loaded_at is distinct from published.loaded_at
            or silver.batches is distinct from published.batches
            or silver.formula is distinct from published.formula
        )
    {%- endif %} as is_changed
from silver
full join published using (symbol)
