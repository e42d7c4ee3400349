-- Read before anything that looks across symbols: from here on a quarantined
-- symbol counts as unchanged, so it is tried again by every publication.
with broken_rules as (
    select
        symbol,
        function,
        week_ending,
        bronze_key,
        place,
        rule,
        value,
        bound,
        is_acceptable
    from {{ ref('int_broken_rules') }}
),

published_symbols as (
    {{ select_published_symbols() }}
),

-- One rule in one week names the quarantine; the others are in broken_rules of
-- changed_weeks and computed_weeks.
first_broken_rules as (
    select distinct on (symbol)
        symbol,
        function,
        week_ending,
        bronze_key,
        rule,
        value,
        bound,
        is_acceptable
    from broken_rules
    order by symbol asc, place asc, week_ending asc
),

counts as (
    select
        symbol,
        count(distinct week_ending) as broken_weeks
    from broken_rules
    group by symbol
)

select
    symbol,
    first_broken_rules.function,
    first_broken_rules.rule,
    first_broken_rules.week_ending,
    first_broken_rules.value,
    first_broken_rules.bound,
    first_broken_rules.bronze_key,
    counts.broken_weeks,
    case
        when published_symbols.symbol is null then 'none'
        when {{ is_whole_rebuild() }} then 'removed'
        else 'kept'
    end as published_rows,
    {{ way_out_of_quarantine() }} as way_out
from first_broken_rules
inner join counts using (symbol)
left join published_symbols using (symbol)
