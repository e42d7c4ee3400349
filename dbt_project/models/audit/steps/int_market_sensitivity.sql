{% set enough_weeks = 80 %}

with common_weeks as (
    select
        symbol,
        week_ending,
        weekly_return_pct,
        benchmark_return_pct,
        ln(1 + weekly_return_pct / 100) as stock_growth,
        ln(1 + benchmark_return_pct / 100) as benchmark_growth
    from {{ ref('int_weeks_beside_benchmark') }}
),

-- Captures compare the mean compounded growth of a week in which the benchmark
-- rose (or fell).
against_benchmark as (
    select
        symbol,
        count(*) as common_weeks,
        regr_slope(
            weekly_return_pct, benchmark_return_pct order by week_ending
        ) as beta,
        power(corr(
            weekly_return_pct, benchmark_return_pct order by week_ending
        ), 2) as r_squared,
        exp(
            avg(stock_growth order by week_ending)
            filter (where benchmark_return_pct > 0)
        ) - 1 as stock_rise,
        exp(
            avg(benchmark_growth order by week_ending)
            filter (where benchmark_return_pct > 0)
        ) - 1 as benchmark_rise,
        exp(
            avg(stock_growth order by week_ending)
            filter (where benchmark_return_pct < 0)
        ) - 1 as stock_fall,
        exp(
            avg(benchmark_growth order by week_ending)
            filter (where benchmark_return_pct < 0)
        ) - 1 as benchmark_fall
    from common_weeks
    group by symbol
)

-- Eighty of 104 weeks, as forty of 52 are enough for a correlation.
select
    symbol,
    common_weeks,
    case when common_weeks >= {{ enough_weeks }} then beta end as beta,
    case when common_weeks >= {{ enough_weeks }} then r_squared end
        as r_squared,
    case
        when common_weeks >= {{ enough_weeks }}
            then 100 * stock_rise / nullif(benchmark_rise, 0)
    end as up_capture_pct,
    case
        when common_weeks >= {{ enough_weeks }}
            then 100 * stock_fall / nullif(benchmark_fall, 0)
    end as down_capture_pct
from against_benchmark
