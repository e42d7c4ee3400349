-- The benchmark is one symbol, or all active stocks without the compared one: a
-- stock would find itself in a mean that holds it.
{% set symbol = var('benchmark_symbol', none) %}
{% set is_member = "symbol = '" ~ symbol ~ "'" if symbol
    else 'stocks.is_active and not weeks.is_tick_bound' %}
{% set is_itself = 'false' if symbol else 'stock_weeks.is_member' %}
{% set fewest_members = 1 if symbol else 5 %}

with stocks as (
    select
        symbol,
        is_active,
        latest_week
    from {{ ref('stock_records') }}
),

universe as (
    select max(latest_week) as latest_week from stocks
),

stock_weeks as (
    select
        symbol,
        weeks.week_ending,
        weeks.weekly_return_pct,
        {{ is_member }} as is_member
    from {{ ref('int_all_weekly_returns') }} as weeks
    inner join stocks using (symbol)
    where
        weeks.is_complete_week
        and weeks.weeks_spanned = 1
        and weeks.weekly_return_pct > -100
        and weeks.week_ending > (
            select universe.latest_week - 7 * 104 from universe
        )
        and weeks.week_ending <= (select universe.latest_week from universe)
),

-- Summed by symbol: the last digit must not depend on the plan.
benchmark_weeks as (
    select
        week_ending,
        count(*) as members,
        sum(weekly_return_pct order by symbol) as sum_pct
    from stock_weeks
    where is_member
    group by week_ending
),

weeks_beside_the_others as (
    select
        stock_weeks.symbol,
        week_ending,
        stock_weeks.weekly_return_pct,
        benchmark_weeks.members - case when {{ is_itself }} then 1 else 0 end
            as members,
        benchmark_weeks.sum_pct - case
            when {{ is_itself }} then stock_weeks.weekly_return_pct else 0
        end as sum_pct
    from stock_weeks
    inner join benchmark_weeks using (week_ending)
)

select
    symbol,
    week_ending,
    weekly_return_pct,
    sum_pct / nullif(members, 0) as benchmark_return_pct
from weeks_beside_the_others
where members >= {{ fewest_members }} and sum_pct / nullif(members, 0) > -100
