with bounds as (
    select max(week_ending) - 7 * 104 as week_ending
    from {{ ref('mart_latest_week_candidates') }}
    where is_active
),

-- All stocks, equal weight. Summed by sector: the last digit must not depend on
-- the plan.
universe_weeks as (
    select
        week_ending,
        sum(stocks * mean_return_pct order by sector) / sum(stocks)
            as universe_return_pct
    from {{ ref('mart_sector_performance_candidates') }}
    where week_ending > (select bounds.week_ending from bounds)
    group by week_ending
),

stock_weeks as (
    select
        symbol,
        week_ending,
        weekly_return_pct
    from {{ ref('int_all_weekly_returns') }}
    where
        is_complete_week
        and weeks_spanned = 1
        and weekly_return_pct > -100
        and week_ending > (select bounds.week_ending from bounds)
)

select
    stock_weeks.symbol,
    stock_weeks.week_ending,
    stock_weeks.weekly_return_pct,
    universe_weeks.universe_return_pct
from stock_weeks
inner join universe_weeks
    on stock_weeks.week_ending = universe_weeks.week_ending
where universe_weeks.universe_return_pct > -100
