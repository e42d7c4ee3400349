select
    symbol,
    company_name,
    asset_type,
    exchange,
    currency,
    country,
    sector as sector_wording,
    industry as industry_wording,
    fiscal_year_end,
    latest_quarter,
    market_capitalization,
    shares_outstanding,
    bronze_key,
    execution_batch_id as silver_batch_id,
    loaded_at
from {{ source('silver', 'company_overview') }}
