with company_overview as (
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
)

-- What the source tells wins over the seed.
select
    symbol,
    coalesce(company_overview.company_name, stock_metadata.company_name)
        as company_name,
    coalesce(
        sector_wording.sector,
        initcap(company_overview.sector_wording),
        stock_metadata.sector
    ) as sector,
    coalesce(company_overview.industry_wording, stock_metadata.industry)
        as industry,
    coalesce(company_overview.currency, stock_metadata.currency) as currency,
    coalesce(company_overview.exchange, stock_metadata.exchange) as exchange,
    coalesce(company_overview.country, stock_metadata.country) as country,
    coalesce(company_overview.asset_type, stock_metadata.asset_type)
        as asset_type,
    company_overview.symbol is not null as has_overview
from company_overview
full join stock_metadata using (symbol)
left join sector_wording
    on upper(trim(company_overview.sector_wording)) = sector_wording.wording
