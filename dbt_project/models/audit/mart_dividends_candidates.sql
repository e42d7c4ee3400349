with dividend_years as (
    select
        stock_id,
        symbol,
        year,
        is_complete_year,
        dividends,
        unknown_dividends,
        dividend_per_share,
        special_dividend_per_share,
        has_dividends,
        dividend_yield_pct
    from {{ ref('int_dividend_years') }}
),

-- From a stock's first dividend on: a year without one is a row of 0.
paying_years as (
    select
        *,
        bool_or(has_dividends) over (
            partition by symbol
            order by year
        ) as has_begun_to_pay
    from dividend_years
),

years_with_previous_year as (
    select
        *,
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
),

years_between_cuts as (
    select
        *,
        count(*) filter (
            where dividend_per_share < previous_dividend_per_share
            or is_cut_unknown
        ) over (
            partition by symbol, is_complete_year
            order by year
        ) as cuts_so_far
    from years_with_previous_year
)

select
    stock_id,
    symbol,
    year,
    is_complete_year,
    dividends,
    unknown_dividends,
    {{ name_dividend_frequency() }} as frequency,
    dividend_per_share,
    special_dividend_per_share,
    case
        when is_complete_year
            then
                {{ percent_change(
                    'dividend_per_share '
                    ~ '/ nullif(previous_dividend_per_share, 0)'
                ) }}
    end as growth_pct,
    case
        when is_complete_year and dividend_per_share is not null
            then row_number() over (
                partition by symbol, is_complete_year, cuts_so_far
                order by year
            ) - 1
    end as years_without_cut,
    dividend_yield_pct
from years_between_cuts
