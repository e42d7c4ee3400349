-- Read before anything that looks across symbols: from here on a quarantined
-- symbol counts as unchanged, so it is tried again by every publication.
with received_weeks as (
    select
        symbol,
        week_ending,
        bronze_key,
        broken_rules
    from {{ ref('int_changed_weeks') }}
    where broken_rules is not null
),

computed_weeks as (
    select
        symbol,
        week_ending,
        bronze_key,
        broken_rules
    from {{ ref('computed_weeks') }}
    where broken_rules is not null
),

unlikely_companies as (
    select
        symbol,
        bronze_key
    from {{ ref('stg_company_overview') }}
    where not {{ looks_like_ticker('symbol') }}
),

published_symbols as (
    {{ select_published_symbols() }}
),

broken_rules as (
    select
        weeks.symbol,
        'TIME_SERIES_WEEKLY_ADJUSTED' as function,
        weeks.week_ending,
        weeks.bronze_key,
        rules.*
    from (
        select * from received_weeks
        union all
        select * from computed_weeks
    ) as weeks
    cross join
        lateral jsonb_to_recordset(weeks.broken_rules)
            as rules (
                place integer,
                rule text,
                value text,
                bound text,
                is_acceptable boolean
            )

    union all

    select
        symbol,
        'OVERVIEW' as function,
        null as week_ending,
        bronze_key,
        1 as place,
        'symbols_look_like_tickers' as rule,
        symbol as value,
        {{ ticker_bound() }} as bound,
        false as is_acceptable
    from unlikely_companies
),

-- One rule in one week names the quarantine; the others are in broken_rules of
-- changed_weeks and computed_weeks.
first_broken_rules as (
    select distinct on (symbol) *
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
