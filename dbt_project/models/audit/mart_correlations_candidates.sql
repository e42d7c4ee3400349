with active_stocks as (
    select
        stock_id,
        symbol,
        coalesce(currency, nullif(split_part(symbol, '.', -1), symbol), 'US')
            as currency, -- where nobody told it, its exchange stands for it
        week_ending,
        turnover_52w
    from {{ ref('mart_latest_week_candidates') }}
    where is_active
),

newest_week as (
    select max(active_stocks.week_ending) as week_ending from active_stocks
),

-- Money of two currencies cannot be compared: each currency has its own ranks.
-- The middle of a stock's place: the only stock of a currency is not the last.
ranked_stocks as (
    select
        stock_id,
        symbol,
        (
            row_number() over (
                partition by currency
                order by turnover_52w desc nulls last, symbol asc
            ) - 0.5
        ) / count(*) over (partition by currency) as share_of_currency
    from active_stocks
),

-- Pairs grow with the square of the stocks, so only the most traded are paired.
most_traded_stocks as (
    select
        stock_id,
        symbol
    from ranked_stocks
    order by share_of_currency asc, symbol asc
    limit {{ var('correlated_stocks') }}
),

-- Asked for by values and not by a join, so that gold is read by its index.
weekly_returns as (
    select
        symbol,
        week_ending,
        weekly_return_pct
    from {{ ref('int_all_weekly_returns') }}
    where
        is_complete_week
        and weeks_spanned = 1
        and weekly_return_pct > -100
        and symbol = any(
            array(select most_traded_stocks.symbol from most_traded_stocks)
        )
        and week_ending > (
            select newest_week.week_ending - 364 from newest_week
        )
),

paired_returns as (
    select
        most_traded_stocks.stock_id,
        most_traded_stocks.symbol,
        weekly_returns.week_ending,
        ln(1 + weekly_returns.weekly_return_pct / 100) as log_return
    from most_traded_stocks
    inner join weekly_returns
        on most_traded_stocks.symbol = weekly_returns.symbol
),

-- Summed in the order of weeks: the last digit must not depend on the plan.
pairs as (
    select
        paired_returns.stock_id,
        paired_returns.symbol,
        other_returns.stock_id as other_stock_id,
        other_returns.symbol as other_symbol,
        count(*) as common_weeks,
        -- Of two listings of one share it is 1 but for the last digit.
        least(1, greatest(-1, corr(
            paired_returns.log_return, other_returns.log_return
            order by paired_returns.week_ending
        ))) as correlation
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
