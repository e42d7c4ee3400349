with one_week_returns as (
    select
        symbol,
        week_ending,
        weekly_return_pct
    from {{ ref('int_all_weekly_returns') }}
    where is_complete_week and weeks_spanned = 1 and not is_tick_bound
),

-- As arrays, because a sort of all returns on record would take far longer.
sector_returns as (
    select
        stocks.sector,
        one_week_returns.week_ending,
        array_agg(one_week_returns.weekly_return_pct) as return_pcts
    from one_week_returns
    inner join {{ ref('dim_stock_candidates') }} as stocks
        on one_week_returns.symbol = stocks.symbol
    group by stocks.sector, one_week_returns.week_ending
)

-- Summed by size, so that the last digit does not depend on the plan.
select
    sector_returns.sector,
    sector_returns.week_ending,
    figures.stocks,
    figures.advancing,
    figures.declining,
    figures.mean_return_pct,
    figures.median_return_pct
from sector_returns
cross join lateral (
    select
        count(*) as stocks,
        count(*) filter (where return_pct > 0) as advancing,
        count(*) filter (where return_pct < 0) as declining,
        avg(return_pct order by return_pct) as mean_return_pct,
        percentile_cont(0.5) within group (order by return_pct)
            as median_return_pct
    from unnest(sector_returns.return_pcts) as unnested (return_pct)
) as figures
