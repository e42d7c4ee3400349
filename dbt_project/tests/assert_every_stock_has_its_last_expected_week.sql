-- Likely cause: the pipeline did not run, or the ticker failed. Every exchange
-- trades at least once a week, so once a week is over its bar is expected.
{{ config(severity='warn') }}

with stocks as (
    select
        symbol,
        last_week
    from {{ ref('dim_stock_candidates') }}
    where is_active
),

expectation as (
    select
        cast(date_trunc('week', {{ market_now() }} at time zone 'UTC') as date)
        - 3 as last_expected_week
)

select
    stocks.symbol,
    stocks.last_week,
    expectation.last_expected_week
from stocks
cross join expectation
where stocks.last_week < expectation.last_expected_week
