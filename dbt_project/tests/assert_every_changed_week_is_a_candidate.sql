-- Likely cause: a join of the fact's models loses or doubles rows. The symbols
-- that are quarantined do not count as changed.
with facts as (
    select
        symbol,
        count(*) as weeks
    from {{ ref('fact_adjusted_prices_candidates') }}
    group by symbol
),

changed_symbols as (
    select
        symbol,
        weeks
    from {{ ref('symbol_fingerprints') }}
    where is_changed and weeks > 0
)

select
    symbol,
    changed_symbols.weeks as weeks_in_silver,
    facts.weeks as weeks_computed
from changed_symbols
full join facts using (symbol)
where changed_symbols.weeks is distinct from facts.weeks
