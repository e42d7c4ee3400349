with stocks as (
    select
        symbol,
        sector
    from {{ ref('dim_stock_candidates') }}
),

one_week_returns as (
    select
        symbol,
        week_ending,
        weekly_return_pct
    from {{ ref('int_all_weekly_returns') }}
    where is_complete_week and weeks_spanned = 1
),

-- As arrays, because a sort of all returns on record would take far longer.
sector_returns as (
    select
        stocks.sector,
        one_week_returns.week_ending,
        array_agg(one_week_returns.weekly_return_pct) as return_pcts
    from one_week_returns
    inner join stocks on one_week_returns.symbol = stocks.symbol
    group by stocks.sector, one_week_returns.week_ending
),

-- Summed by size, so that the last digit does not depend on the plan.
sector_weeks as (
    select
        sector_returns.sector,
        sector_returns.week_ending,
        sector_statistics.*
    from sector_returns
    cross join lateral (
        select
            count(*) as stocks,
            count(*) filter (where return_pct > 0) as advancing,
            count(*) filter (where return_pct < 0) as declining,
            avg(return_pct order by return_pct) as mean_return_pct,
            percentile_cont(0.5) within group (order by return_pct)
                as median_return_pct
        from unnest(sector_returns.return_pcts)
            as unnested (return_pct)
    ) as sector_statistics
),

log_growth as (
    select
        *,
        {{ week_index('week_ending') }} as week_index,
        case
            when mean_return_pct > -100 then ln(1 + mean_return_pct / 100)
        end as log_growth
    from sector_weeks
),

compounded_weeks as (
    select
        *,
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
