with active_stocks as (
    select
        stock_id,
        symbol,
        -- Where nobody told it, its exchange stands for it.
        coalesce(currency, nullif(split_part(symbol, '.', -1), symbol), 'US')
            as currency,
        turnover_52w
    from {{ ref('mart_latest_week_candidates') }}
    where is_active
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
)

-- Pairs grow with the square of the stocks, so only the most traded are paired.
select
    stock_id,
    symbol
from ranked_stocks
order by share_of_currency asc, symbol asc
limit {{ var('correlated_stocks') }}
