-- Likely cause: a mart was published without the fact it was computed from.
with latest_weeks as (
    select
        symbol,
        week_ending,
        newest_week,
        adj_close_price,
        weekly_return_pct,
        volatility_pct
    from {{ ref('mart_latest_week') }}
),

newest_weeks as (
    select
        symbol,
        max(week_ending) as newest_week
    from {{ ref('fact_adjusted_prices') }}
    where is_complete_week
    group by symbol
),

facts as (
    select
        symbol,
        week_ending,
        newest_weeks.newest_week,
        facts.adj_close_price,
        facts.weekly_return_pct,
        facts.volatility_pct
    from newest_weeks
    left join latest_weeks using (symbol)
    left join {{ ref('fact_adjusted_prices') }} as facts
        using (symbol, week_ending)
)

select * from facts
except all
select * from latest_weeks
