with broken as (
    select
        'TIME_SERIES_WEEKLY_ADJUSTED' as function,
        symbol,
        week_ending,
        bronze_key,
        broken_rules
    from {{ ref('int_changed_weeks') }}
    where broken_rules is not null

    union all

    select
        'TIME_SERIES_WEEKLY_ADJUSTED' as function,
        symbol,
        week_ending,
        bronze_key,
        broken_rules
    from {{ ref('computed_weeks') }}
    where broken_rules is not null

    union all

    select
        'TIME_SERIES_DAILY' as function,
        symbol,
        trade_date - cast(extract(isodow from trade_date) as integer) + 5
            as week_ending,
        bronze_key,
        broken_rules
    from {{ ref('computed_days') }}
    where broken_rules is not null
)

select
    broken.symbol,
    broken.function,
    broken.week_ending,
    broken.bronze_key,
    rules.place,
    rules.rule,
    rules.value,
    rules.bound,
    rules.is_acceptable
from broken
cross join
    lateral jsonb_to_recordset(broken.broken_rules)
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
from {{ ref('stg_company_overview') }}
where not {{ looks_like_ticker('symbol') }}
