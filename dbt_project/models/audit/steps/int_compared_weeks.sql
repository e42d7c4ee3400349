with stocks as (
    select
        symbol,
        newest_week,
        latest_week
    from {{ ref('stock_records') }}
),

-- Asked for by values and not by a join, so that gold is read by its index.
weeks_of_stocks_ahead as (
    select
        symbol,
        week_ending
    from {{ ref('int_all_weekly_returns') }}
    where
        is_complete_week
        and symbol = any(array(
            select stocks.symbol from stocks
            where stocks.newest_week > stocks.latest_week
        ))
        and week_ending > (select max(stocks.latest_week) - 364 from stocks)
)

-- The latest week; of a stock without it, its newest before; of one that began
-- later, its newest.
select
    symbol,
    coalesce(
        max(weeks.week_ending) filter (
            where weeks.week_ending <= stocks.latest_week
        ),
        stocks.newest_week
    ) as week_ending
from stocks
left join weeks_of_stocks_ahead as weeks using (symbol)
group by symbol, stocks.newest_week
