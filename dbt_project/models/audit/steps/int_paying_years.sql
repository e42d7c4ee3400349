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
        bool_or(has_dividends) over (
            partition by symbol
            order by year
        ) as has_begun_to_pay
    from {{ ref('int_dividend_years') }}
)

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
    case
        when year - lag(year) over comparable_years = 1
            then lag(dividend_per_share) over comparable_years
    end as previous_dividend_per_share,
    dividend_per_share is null
    or coalesce(
        lag(dividend_per_share is null) over comparable_years, false
    ) as is_cut_unknown
from paying_years
where has_begun_to_pay
window comparable_years as (
    partition by symbol, is_complete_year
    order by year
)
