-- Likely cause: the pipeline did not run, or the ticker failed. The calendar of
-- its exchange says which week closed last; of an exchange that nobody asked
-- about, every week that is over is expected. An open week does not count, and
-- of a stock without a complete week none before its first is expected. A stock
-- in quarantine stays as it is; assert_no_symbol_is_quarantined counts it.
{{ config(severity='warn') }}

with quarantined as (
    select symbol from {{ ref('quarantined') }}
),

stocks as (
    select
        stocks.symbol,
        stocks.first_week,
        records.newest_week as last_complete_week,
        case
            when strpos(stocks.symbol, '.') > 0
                then split_part(stocks.symbol, '.', -1)
            else ''
        end as suffix
    from {{ ref('dim_stock_candidates') }} as stocks
    left join {{ ref('stock_records') }} as records
        on stocks.symbol = records.symbol
    where
        -- One that trades but never had a complete week is missed, too.
        (stocks.is_active or records.symbol is null)
        and stocks.symbol not in (
            select quarantined.symbol from quarantined
        )
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
        stocks.first_week,
        stocks.last_complete_week,
        coalesce(
            exchanges.last_closed_week,
            cast(
                date_trunc('week', {{ market_now() }} at time zone 'UTC')
                as date
            ) - 3
        ) as last_expected_week
    from stocks
    left join exchanges on stocks.suffix = exchanges.suffix
)

select *
from expectations
where
    coalesce(
        last_complete_week < last_expected_week,
        first_week <= last_expected_week
    )
