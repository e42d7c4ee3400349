with payments as (
    select
        symbol,
        week_ending
    from {{ ref('computed_weeks') }}
    where is_complete_week and regular_dividend_per_share > 0
),

-- Of a quarterly payer, payments four apart lie a year apart.
gaps as (
    select
        payments.symbol,
        payments.week_ending,
        payments_per_year.number as per_year,
        (
            payments.week_ending
            - lag(payments.week_ending, payments_per_year.number) over (
                partition by payments.symbol, payments_per_year.number
                order by payments.week_ending
            )
        ) / 7 as weeks
    from payments
    cross join (values (1), (2), (3), (4), (12)) as payments_per_year (number)
),

newest_gaps as (
    select
        symbol,
        week_ending,
        per_year,
        array_agg(weeks) over (
            partition by symbol, per_year
            order by week_ending
            rows between 7 preceding and current row
        ) as newest_weeks
    from gaps
)

select
    symbol,
    week_ending,
    min(per_year) as per_year
from newest_gaps
where (
    select percentile_cont(0.5) within group (order by weeks)
    from unnest(newest_weeks) as unnested (weeks)
) between 47 and 57
group by symbol, week_ending
