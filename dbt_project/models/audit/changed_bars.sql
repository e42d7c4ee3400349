-- assert_bars_are_of_one_snapshot reads the actions, and a check holds back
-- only what depends on all that it reads.
-- depends_on: {{ source('bars', 'changed_actions') }}

-- A week that was loaded between the preparation and changed_weeks is in the
-- fact now, and among the indicators with the next publication.
with quarantined as (
    select symbol from {{ ref('quarantined') }}
),

symbols as (
    select
        found.symbol,
        found.is_days_changed,
        found.is_weeks_changed,
        found.weeks = coalesce(silver.weeks, 0)
        and coalesce(found.weeks_batches, 0) = coalesce(silver.batches, 0)
        and coalesce(found.weeks_loaded_at, 'epoch')
        = coalesce(silver.loaded_at, 'epoch') as is_as_prepared
    from {{ source('bars', 'prepared_symbols') }} as found
    left join {{ ref('symbol_fingerprints') }} as silver using (symbol)
    where found.is_days_changed or found.is_weeks_changed
)

select
    symbol,
    is_days_changed,
    is_weeks_changed and is_as_prepared as is_weeks_changed
from symbols
where symbol not in (select quarantined.symbol from quarantined)
