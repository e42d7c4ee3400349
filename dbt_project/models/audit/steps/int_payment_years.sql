with quarantined as (
    select symbol from {{ ref('quarantined') }}
),

payments as (
    select
        symbol,
        week_ending,
        cast(extract(year from price_date) as integer) as year,
        scaled_dividends_12m,
        count(*) over (
            partition by symbol
            order by week_ending
        ) as payments_so_far,
        lead(cast(extract(year from price_date) as integer)) over (
            partition by symbol
            order by week_ending
        ) as year_of_the_next
    from {{ ref('computed_weeks') }}
    where
        is_complete_week
        and regular_dividend_per_share > 0
        and symbol not in (select quarantined.symbol from quarantined)
)

-- As of the last regular payment of each year.
select
    symbol,
    payments.year,
    payments.scaled_dividends_12m,
    {{ name_dividend_frequency(
        'rhythms.per_year', 'payments.payments_so_far'
    ) }} as frequency
from payments
left join {{ ref('int_dividend_rhythms') }} as rhythms
    using (symbol, week_ending)
where payments.year_of_the_next is distinct from payments.year
