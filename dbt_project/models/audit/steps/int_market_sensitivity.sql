{% set weeks, enough_weeks = 104, 80 %}

with newest_week as (
    select max(week_ending) as week_ending
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
    where
        week_ending > (
            select newest_week.week_ending - 7 * {{ weeks }} from newest_week
        )
    group by week_ending
),

stock_weeks as (
    select
        weekly_returns.symbol,
        weekly_returns.week_ending,
        weekly_returns.weekly_return_pct
    from {{ ref('int_all_weekly_returns') }} as weekly_returns
    where
        weekly_returns.is_complete_week
        and weekly_returns.weeks_spanned = 1
        and weekly_returns.weekly_return_pct > -100
        and weekly_returns.week_ending > (
            select newest_week.week_ending - 7 * {{ weeks }} from newest_week
        )
),

common_weeks as (
    select
        stock_weeks.symbol,
        stock_weeks.week_ending,
        stock_weeks.weekly_return_pct,
        universe_weeks.universe_return_pct,
        ln(1 + stock_weeks.weekly_return_pct / 100) as stock_growth,
        ln(1 + universe_weeks.universe_return_pct / 100) as universe_growth
    from stock_weeks
    inner join universe_weeks
        on stock_weeks.week_ending = universe_weeks.week_ending
    where universe_weeks.universe_return_pct > -100
),

-- Captures compare the mean compounded growth of a week in which all stocks
-- together rose (or fell).
against_universe as (
    select
        symbol,
        count(*) as common_weeks,
        regr_slope(
            weekly_return_pct, universe_return_pct order by week_ending
        ) as beta,
        exp(
            avg(stock_growth order by week_ending)
            filter (where universe_return_pct > 0)
        ) - 1 as stock_rise,
        exp(
            avg(universe_growth order by week_ending)
            filter (where universe_return_pct > 0)
        ) - 1 as universe_rise,
        exp(
            avg(stock_growth order by week_ending)
            filter (where universe_return_pct < 0)
        ) - 1 as stock_fall,
        exp(
            avg(universe_growth order by week_ending)
            filter (where universe_return_pct < 0)
        ) - 1 as universe_fall
    from common_weeks
    group by symbol
)

-- Eighty of 104 weeks, as forty of 52 are enough for a correlation.
select
    symbol,
    common_weeks,
    case when common_weeks >= {{ enough_weeks }} then beta end as beta,
    case
        when common_weeks >= {{ enough_weeks }}
            then 100 * stock_rise / nullif(universe_rise, 0)
    end as up_capture_pct,
    case
        when common_weeks >= {{ enough_weeks }}
            then 100 * stock_fall / nullif(universe_fall, 0)
    end as down_capture_pct
from against_universe
