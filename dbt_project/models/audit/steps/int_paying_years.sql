-- From a stock's first dividend on: a year without one is a row of 0.
with paying_years as (
    select
        stock_id,
        symbol,
        year,
        is_complete_year,
        dividend_count,
        unknown_dividend_count,
        dividend_per_share,
        special_dividend_per_share,
        dividend_yield_pct,
        bool_or(
            dividend_count + unknown_dividend_count > 0
            or special_dividend_per_share > 0
        ) over (
            partition by symbol
            order by year
        ) as has_begun_to_pay
    from {{ ref('int_dividend_years') }}
),

payment_years as (
    select
        symbol,
        year,
        frequency,
        scaled_dividends_12m
    from {{ ref('int_payment_years') }}
)

select
    paying_years.stock_id,
    symbol,
    year,
    paying_years.is_complete_year,
    paying_years.dividend_count,
    paying_years.unknown_dividend_count,
    coalesce(payment_years.frequency, 'none') as frequency,
    paying_years.dividend_per_share,
    paying_years.special_dividend_per_share,
    payment_years.scaled_dividends_12m,
    case
        when year - lag(year) over by_year = 1
            then lag(payment_years.scaled_dividends_12m) over by_year
    end as previous_dividends_12m,
    paying_years.dividend_yield_pct
from paying_years
left join payment_years using (symbol, year)
where paying_years.has_begun_to_pay
window by_year as (partition by symbol order by year)
