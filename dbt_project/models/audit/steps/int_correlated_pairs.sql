with most_traded_stocks as (
    select
        stock_id,
        symbol
    from {{ ref('int_most_traded_stocks') }}
),

universe as (
    select max(latest_week) as latest_week from {{ ref('stock_records') }}
),

-- Asked for by values and not by a join, so that gold is read by its index.
log_returns as (
    select
        symbol,
        week_ending,
        ln(1 + weekly_return_pct / 100) as log_return
    from {{ ref('int_all_weekly_returns') }}
    where
        is_complete_week
        and weeks_spanned = 1
        and weekly_return_pct > -100
        and symbol = any(
            array(select most_traded_stocks.symbol from most_traded_stocks)
        )
        and week_ending > (select universe.latest_week - 364 from universe)
        and week_ending <= (select universe.latest_week from universe)
),

paired_returns as (
    select
        most_traded_stocks.stock_id,
        symbol,
        log_returns.week_ending,
        log_returns.log_return
    from most_traded_stocks
    inner join log_returns using (symbol)
)

-- Summed in the order of weeks: the last digit must not depend on the plan.
-- Forty of 52 weeks: with fewer a correlation is mostly chance.
select
    one.stock_id,
    one.symbol,
    other.stock_id as other_stock_id,
    other.symbol as other_symbol,
    universe.latest_week as week_ending,
    count(*) as common_weeks,
    -- Of two listings of one share it is 1 but for the last digit.
    least(1, greatest(-1, corr(
        one.log_return, other.log_return
        order by one.week_ending
    ))) as correlation
from paired_returns as one
inner join paired_returns as other
    on
        one.week_ending = other.week_ending
        and one.stock_id < other.stock_id
cross join universe
group by
    one.stock_id,
    one.symbol,
    other.stock_id,
    other.symbol,
    universe.latest_week
having count(*) >= 40
