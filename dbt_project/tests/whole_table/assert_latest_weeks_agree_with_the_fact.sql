-- Likely cause: a mart was published without the fact it was computed from.
with latest_weeks as (
    select
        stock_id,
        week_ending,
        adj_close_price,
        weekly_return_pct,
        volatility_pct
    from {{ ref('mart_latest_week') }}
),

facts as (
    select distinct on (stock_id)
        stock_id,
        week_ending,
        adj_close_price,
        weekly_return_pct,
        volatility_pct
    from {{ ref('fact_adjusted_prices') }}
    where is_complete_week
    order by stock_id asc, week_ending desc
)

select facts.*
from facts
full join latest_weeks using (stock_id)
where
    (
        facts.week_ending,
        facts.adj_close_price,
        facts.weekly_return_pct,
        facts.volatility_pct
    ) is distinct from (
        latest_weeks.week_ending,
        latest_weeks.adj_close_price,
        latest_weeks.weekly_return_pct,
        latest_weeks.volatility_pct
    )
