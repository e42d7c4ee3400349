-- Likely cause: silver kept an open week after a later week arrived. Returns
-- compare with the row before, so that row has to be complete.
with facts as (
    select
        symbol,
        week_ending,
        is_complete_week
    from {{ ref('fact_adjusted_prices_candidates') }}
),

newest_weeks as (
    select
        symbol,
        last_week
    from {{ ref('symbol_versions') }}
)

select facts.*
from facts
inner join newest_weeks using (symbol)
where
    not facts.is_complete_week
    and facts.week_ending < newest_weeks.last_week
