{{ config(pre_hook='{{ without_nested_loops() }}') }}

-- A year is compared with the one before by the sum of 12 months at its last
-- payment: ex-dates that wander over New Year change no such sum. 1e-9 is for
-- splits that are no finite decimal, such as 1:3.
with years_between_cuts as (
    select
        stock_id,
        symbol,
        year,
        is_complete_year,
        dividend_count,
        unknown_dividend_count,
        frequency,
        dividend_per_share,
        special_dividend_per_share,
        dividend_yield_pct,
        scaled_dividends_12m / nullif(previous_dividends_12m, 0) as growth,
        count(*) filter (
            where not coalesce(
                scaled_dividends_12m >= previous_dividends_12m * (1 - 1e-9),
                false
            )
        ) over (
            partition by symbol
            order by year
        ) as cuts_so_far
    from {{ ref('int_paying_years') }}
)

select
    stock_id,
    symbol,
    year,
    is_complete_year,
    dividend_count,
    unknown_dividend_count,
    frequency,
    dividend_per_share,
    special_dividend_per_share,
    {{ percent_change('growth') }} as growth_pct,
    row_number() over (
        partition by symbol, cuts_so_far
        order by year
    ) - 1 as years_without_cut,
    dividend_yield_pct
from years_between_cuts
