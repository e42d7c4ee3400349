-- Null where the calendar begins after the year's first week, or ends before
-- its last.
with weeks as (
    select
        year,
        week_ending,
        week_number,
        is_year_end
    from {{ ref('dim_date_candidates') }}
)

select
    year,
    min(week_ending) filter (where week_number = 1) as first_week,
    min(week_ending) filter (where is_year_end) as last_week
from weeks
group by year
