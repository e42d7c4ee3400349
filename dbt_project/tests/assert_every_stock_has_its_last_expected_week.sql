-- Likely cause: the pipeline did not run, or the ticker failed. The calendar of
-- its exchange says which week closed last; of an exchange that nobody asked
-- about, every week that is over is expected.
{{ config(severity='warn') }}

with stocks as (
    select
        symbol,
        last_week,
        case
            when strpos(symbol, '.') > 0 then split_part(symbol, '.', -1)
            else ''
        end as suffix
    from {{ ref('dim_stock_candidates') }}
    where is_active
),

exchanges as (
    select
        key as suffix,
        cast(value as date) as last_closed_week
    from jsonb_each_text({{ last_expected_weeks() }})
),

expectations as (
    select
        stocks.symbol,
        stocks.last_week,
        coalesce(
            exchanges.last_closed_week,
            cast(date_trunc('week', {{ market_now() }}) as date) - 3
        ) as last_expected_week
    from stocks
    left join exchanges on stocks.suffix = exchanges.suffix
)

select *
from expectations
where last_week < last_expected_week
