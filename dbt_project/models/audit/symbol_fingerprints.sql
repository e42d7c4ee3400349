with quarantined as (
    select symbol from {{ ref('quarantined') }}
),

published as (
    {{ select_published_fingerprints() }}
),

changed as (
    select
        symbol,
        min(week_ending) as first_week,
        max(week_ending) as last_week,
        {{ fingerprint_of_weeks() }}
    from {{ ref('int_changed_weeks') }}
    where symbol not in (select quarantined.symbol from quarantined)
    group by symbol
)

select
    symbol,
    first_week,
    last_week,
    weeks,
    loaded_at,
    batches,
    true as is_changed
from changed

union all

select
    symbol,
    first_week,
    last_week,
    weeks,
    loaded_at,
    batches,
    false as is_changed
from published
where symbol not in (select changed.symbol from changed)
