with complete_weeks as (
    select
        symbol,
        week_ending,
        drawdown_pct
    from {{ ref('fact_adjusted_prices_candidates') }}
    where is_complete_week
),

max_drawdowns as (
    select
        symbol,
        min(drawdown_pct) as max_drawdown_pct
    from complete_weeks
    group by symbol
    having min(drawdown_pct) < 0
),

-- Where two weeks are as deep, the first is the trough.
troughs as (
    select
        symbol,
        min(complete_weeks.week_ending) as trough_week
    from complete_weeks
    inner join max_drawdowns using (symbol)
    where complete_weeks.drawdown_pct = max_drawdowns.max_drawdown_pct
    group by symbol
)

-- A week without a drawdown is a peak: the close was never higher.
select
    symbol,
    troughs.trough_week,
    max(peaks.week_ending) filter (
        where peaks.week_ending < troughs.trough_week
    ) as peak_week,
    min(peaks.week_ending) filter (
        where peaks.week_ending > troughs.trough_week
    ) as recovered_week
from troughs
inner join complete_weeks as peaks using (symbol)
where peaks.drawdown_pct = 0
group by symbol, troughs.trough_week
