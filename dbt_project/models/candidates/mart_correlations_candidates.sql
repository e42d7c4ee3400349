with latest_weeks as (
    select
        stock_id,
        week_ending
    from {{ ref('mart_latest_week_candidates') }}
    where is_active
),

newest_week as (
    select max(latest_weeks.week_ending) as week_ending from latest_weeks
),

last_52_weeks as (
    select
        upcoming_prices.stock_id,
        upcoming_prices.symbol,
        upcoming_prices.week_ending,
        upcoming_prices.close_price * upcoming_prices.trade_volume as turnover,
        ln(1 + upcoming_prices.weekly_return_pct / 100) as log_return
    from {{ ref('int_upcoming_prices') }} as upcoming_prices
    where
        upcoming_prices.is_complete_week
        and upcoming_prices.weeks_spanned = 1
        and upcoming_prices.weekly_return_pct > -100
        and upcoming_prices.week_ending > (
            select newest_week.week_ending - 364 from newest_week
        )
),

-- Pairs grow with the square of the stocks, so only the most traded are paired.
most_traded_stocks as (
    select last_52_weeks.stock_id
    from last_52_weeks
    inner join latest_weeks using (stock_id)
    group by last_52_weeks.stock_id
    order by sum(last_52_weeks.turnover) desc, last_52_weeks.stock_id asc
    limit {{ var('correlated_stocks') }}
),

paired_returns as (
    select
        stock_id,
        last_52_weeks.symbol,
        last_52_weeks.week_ending,
        last_52_weeks.log_return
    from last_52_weeks
    inner join most_traded_stocks using (stock_id)
),

-- Summed in the order of weeks: the last digit must not depend on the plan.
pairs as (
    select
        paired_returns.stock_id,
        paired_returns.symbol,
        other_returns.stock_id as other_stock_id,
        other_returns.symbol as other_symbol,
        count(*) as common_weeks,
        corr(
            paired_returns.log_return, other_returns.log_return
            order by paired_returns.week_ending
        ) as correlation
    from paired_returns
    inner join paired_returns as other_returns
        on
            paired_returns.week_ending = other_returns.week_ending
            and paired_returns.stock_id < other_returns.stock_id
    group by
        paired_returns.stock_id,
        paired_returns.symbol,
        other_returns.stock_id,
        other_returns.symbol
),

-- Forty of 52 weeks: with fewer a correlation is mostly chance.
pairs_with_enough_weeks as (
    select *
    from pairs
    where common_weeks >= 40 and correlation is not null
),

both_directions as (
    select * from pairs_with_enough_weeks

    union all

    select
        other_stock_id as stock_id,
        other_symbol as symbol,
        stock_id as other_stock_id,
        symbol as other_symbol,
        common_weeks,
        correlation
    from pairs_with_enough_weeks
)

select
    both_directions.stock_id,
    both_directions.symbol,
    both_directions.other_stock_id,
    both_directions.other_symbol,
    newest_week.week_ending,
    both_directions.common_weeks,
    both_directions.correlation
from both_directions
cross join newest_week
