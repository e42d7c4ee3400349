-- Likely cause: a stock without a sector, or one in two sectors.
with returns as (
    select
        week_ending,
        count(*) as stocks
    from {{ ref('fact_adjusted_prices') }}
    where is_complete_week and weeks_spanned = 1 and not is_tick_bound
    group by week_ending
),

sectors as (
    select
        week_ending,
        sum(stocks) as stocks
    from {{ ref('mart_sector_performance') }}
    group by week_ending
)

select
    week_ending,
    returns.stocks,
    sectors.stocks as stocks_in_sectors
from returns
full join sectors using (week_ending)
where returns.stocks is distinct from sectors.stocks
