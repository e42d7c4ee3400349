with quarantined as (
    select symbol from {{ ref('quarantined') }}
),

-- Not from the candidates of the fact, whose checks ask for dim_stock.
complete_weeks as (
    select
        symbol,
        week_ending,
        drawdown_pct,
        close_price * trade_volume as turnover
    from {{ ref('computed_weeks') }}
    where
        is_complete_week
        and symbol not in (select quarantined.symbol from quarantined)
),

histories as (
    select
        symbol,
        min(week_ending) as first_week,
        max(week_ending) as newest_week,
        count(*) as complete_weeks,
        min(drawdown_pct) as max_drawdown_pct
    from complete_weeks
    group by symbol
)

select
    symbol,
    histories.first_week,
    histories.newest_week,
    histories.complete_weeks,
    histories.max_drawdown_pct,
    sum(complete_weeks.turnover) as turnover_52w
from histories
inner join complete_weeks using (symbol)
where complete_weeks.week_ending > histories.newest_week - 364
group by
    symbol,
    histories.first_week,
    histories.newest_week,
    histories.complete_weeks,
    histories.max_drawdown_pct
