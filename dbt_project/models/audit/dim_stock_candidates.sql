{% set columns -%}
    stock_id,
    symbol,
    company_name,
    sector,
    industry,
    currency,
    exchange,
    country,
    asset_type,
    is_active,
    first_week,
    last_week
{%- endset %}

with quarantined as (
    select symbol from {{ ref('quarantined') }}
),

symbol_fingerprints as (
    select
        symbol,
        first_week,
        last_week
    from {{ ref('symbol_fingerprints') }}
    where weeks > 0
),

company_overview as (
    select
        symbol,
        company_name,
        sector_wording,
        industry_wording,
        currency,
        exchange,
        country,
        asset_type
    from {{ ref('stg_company_overview') }}
),

stock_metadata as (
    select
        symbol,
        company_name,
        sector,
        industry,
        currency,
        exchange,
        country,
        asset_type
    from {{ ref('stock_metadata') }}
),

sector_wording as (
    select
        wording,
        sector
    from {{ ref('sector_wording') }}
),

known_symbols as (
    select
        symbol,
        symbol_fingerprints.first_week,
        symbol_fingerprints.last_week
    from symbol_fingerprints
    full join company_overview using (symbol)
),

newest_week as (
    select max(known_symbols.last_week) as week_ending from known_symbols
)

select
    {{ dbt_utils.generate_surrogate_key(['known_symbols.symbol']) }}
        as stock_id,
    known_symbols.symbol,
    coalesce(company_overview.company_name, stock_metadata.company_name)
        as company_name,
    coalesce(
        sector_wording.sector,
        initcap(company_overview.sector_wording),
        stock_metadata.sector,
        'Unknown'
    ) as sector,
    coalesce(company_overview.industry_wording, stock_metadata.industry)
        as industry,
    coalesce(company_overview.currency, stock_metadata.currency) as currency,
    coalesce(company_overview.exchange, stock_metadata.exchange) as exchange,
    coalesce(company_overview.country, stock_metadata.country) as country,
    coalesce(company_overview.asset_type, stock_metadata.asset_type)
        as asset_type,
    -- Four weeks: no exchange rests that long.
    coalesce(
        newest_week.week_ending - known_symbols.last_week <= 28, false
    ) as is_active,
    known_symbols.first_week,
    known_symbols.last_week
from known_symbols
left join company_overview
    on known_symbols.symbol = company_overview.symbol
left join stock_metadata
    on known_symbols.symbol = stock_metadata.symbol
left join sector_wording
    on upper(trim(company_overview.sector_wording)) = sector_wording.wording
cross join newest_week
where
    known_symbols.symbol not in (
        select quarantined.symbol from quarantined
    )

{{ union_quarantined('dim_stock', columns) }}
