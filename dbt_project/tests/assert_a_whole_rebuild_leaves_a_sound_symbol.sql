-- Likely cause: a mistake in the formula, which all symbols share. If each one
-- breaks a rule, a whole rebuild would empty gold.
with quarantined as (
    select
        symbol,
        rule,
        week_ending,
        value,
        bound,
        published_rows
    from {{ ref('quarantined') }}
),

sound_symbols as (
    select count(*) as symbols
    from {{ ref('symbol_fingerprints') }}
    where weeks > 0
)

select quarantined.*
from quarantined
cross join sound_symbols
where quarantined.published_rows = 'removed' and sound_symbols.symbols = 0
