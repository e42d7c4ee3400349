{{ config(pre_hook='{{ without_nested_loops() }}') }}

with comparable_stocks as (
    select
        stock_id,
        symbol,
        company_name,
        sector,
        week_ending,
        volatility_pct,
        max_drawdown_pct
    from {{ ref('mart_latest_week_candidates') }}
    where
        is_active
        and is_latest_week
        and not is_tick_bound
        and volatility_pct is not null
),

sector_benchmarks as (
    select
        sector,
        percentile_cont(0.5) within group (order by volatility_pct)
            as sector_median_pct
    from comparable_stocks
    group by sector
),

universe_benchmark as (
    select
        count(*) as stocks,
        percentile_cont(0.25) within group (order by volatility_pct)
            as universe_lower_quartile_pct,
        percentile_cont(0.5) within group (order by volatility_pct)
            as universe_median_pct,
        percentile_cont(0.75) within group (order by volatility_pct)
            as universe_upper_quartile_pct
    from comparable_stocks
)

select
    comparable_stocks.stock_id,
    comparable_stocks.symbol,
    comparable_stocks.company_name,
    comparable_stocks.sector,
    comparable_stocks.week_ending,
    comparable_stocks.volatility_pct,
    comparable_stocks.max_drawdown_pct,
    rank() over from_the_wildest as volatility_rank,
    100 * cume_dist() over from_the_calmest as volatility_percentile,
    rank() over from_the_wildest_of_its_sector as rank_in_sector,
    sector_benchmarks.sector_median_pct,
    universe_benchmark.universe_lower_quartile_pct,
    universe_benchmark.universe_median_pct,
    universe_benchmark.universe_upper_quartile_pct,
    universe_benchmark.stocks
from comparable_stocks
inner join sector_benchmarks
    on comparable_stocks.sector = sector_benchmarks.sector
cross join universe_benchmark
window
    from_the_calmest as (order by comparable_stocks.volatility_pct),
    from_the_wildest as (order by comparable_stocks.volatility_pct desc),
    from_the_wildest_of_its_sector as (
        partition by comparable_stocks.sector
        order by comparable_stocks.volatility_pct desc
    )
