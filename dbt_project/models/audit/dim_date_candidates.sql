with symbol_fingerprints as (
    select
        first_week,
        last_week
    from {{ ref('symbol_fingerprints') }}
),

first_and_last_friday as (
    select
        min(first_week) - cast(extract(isodow from min(first_week)) as integer)
        + 5 as first_friday,
        max(last_week) as last_friday
    from symbol_fingerprints
),

week_endings as (
    select first_friday + 7 * week_number as week_ending
    from first_and_last_friday
    cross join generate_series(0, (last_friday - first_friday) / 7)
        as weeks (week_number)
),

-- A week belongs to the year, quarter and month of its Thursday, as ISO says.
weeks_with_thursday as (
    select
        week_ending,
        week_ending - 1 as thursday,
        week_ending + 6 as next_thursday
    from week_endings
)

select
    {{ dbt_utils.generate_surrogate_key(['week_ending']) }} as date_id,
    week_ending,
    cast(extract(year from thursday) as integer) as year,
    cast(extract(quarter from thursday) as integer) as quarter,
    cast(extract(month from thursday) as integer) as month,
    cast(extract(week from thursday) as integer) as week_number,
    extract(quarter from thursday) <> extract(quarter from next_thursday)
        as is_quarter_end,
    extract(year from thursday) <> extract(year from next_thursday)
        as is_year_end,
    to_char(thursday, 'FMMonth') as month_name
from weeks_with_thursday
