with log_growth as (
    select
        sector,
        week_ending,
        {{ week_index('week_ending') }} as week_index,
        stocks,
        advancing,
        declining,
        mean_return_pct,
        median_return_pct,
        case
            when mean_return_pct > -100 then ln(1 + mean_return_pct / 100)
        end as log_growth
    from {{ ref('int_sector_weeks') }}
),

compounded_weeks as (
    select
        sector,
        week_ending,
        stocks,
        advancing,
        declining,
        mean_return_pct,
        median_return_pct,
        sum(log_growth) over by_week as log_growth_so_far,
        sum(log_growth) over newest_4 as log_growth_4w,
        count(log_growth) over newest_4 as weeks_of_4,
        sum(log_growth) over newest_13 as log_growth_13w,
        count(log_growth) over newest_13 as weeks_of_13,
        sum(log_growth) over newest_52 as log_growth_52w,
        count(log_growth) over newest_52 as weeks_of_52
    from log_growth
    window
        by_week as (partition by sector order by week_index),
        newest_4 as (by_week range between 3 preceding and current row),
        newest_13 as (by_week range between 12 preceding and current row),
        newest_52 as (by_week range between 51 preceding and current row)
)

select
    sector,
    week_ending,
    stocks,
    advancing,
    declining,
    mean_return_pct,
    median_return_pct,
    case when weeks_of_4 = 4 then 100 * (exp(log_growth_4w) - 1) end
        as return_4w_pct,
    case when weeks_of_13 = 13 then 100 * (exp(log_growth_13w) - 1) end
        as return_13w_pct,
    case when weeks_of_52 = 52 then 100 * (exp(log_growth_52w) - 1) end
        as return_52w_pct,
    -- Beyond e^700 a number of this type ends: a sector that one wild stock
    -- drives there must not stop the others. Until a return is known, the 100
    -- have not grown.
    100 * exp(greatest(least(coalesce(log_growth_so_far, 0), 700), -700))
        as growth_of_100
from compounded_weeks
