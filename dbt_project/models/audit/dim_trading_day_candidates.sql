with spans as (
    select
        min(first_day) as first_day,
        max(last_day) as last_day
    from {{ source('bars', 'prepared_symbols') }}
    where days > 0
),

days as (
    select spans.first_day + numbered.day_number as trade_date
    from spans
    cross join generate_series(
        0, spans.last_day - spans.first_day
    ) as numbered (day_number)
)

select
    {{ trading_day_id('trade_date') }} as trading_day_id,
    trade_date,
    trade_date - cast(extract(isodow from trade_date) as integer) + 5
        as week_ending,
    cast(extract(year from trade_date) as integer) as year,
    cast(extract(quarter from trade_date) as integer) as quarter,
    cast(extract(month from trade_date) as integer) as month,
    cast(extract(day from trade_date) as integer) as day_of_month,
    cast(extract(isodow from trade_date) as integer) as day_of_week,
    to_char(trade_date, 'FMMonth') as month_name,
    to_char(trade_date, 'FMDay') as day_name,
    extract(isodow from trade_date) > 5 as is_weekend
from days
