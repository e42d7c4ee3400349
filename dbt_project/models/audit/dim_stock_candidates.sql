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

-- Of a stock that has days alone no week is known.
priced_symbols as (
    select
        symbol,
        fingerprints.first_week,
        fingerprints.last_week
    from {{ ref('symbol_fingerprints') }} as fingerprints
    full join {{ source('bars', 'prepared_symbols') }} as found using (symbol)
    where fingerprints.weeks > 0 or found.days > 0
),

known_symbols as (
    select
        symbol,
        facts.company_name,
        facts.sector,
        facts.industry,
        facts.currency,
        facts.exchange,
        facts.country,
        facts.asset_type,
        priced_symbols.first_week,
        priced_symbols.last_week,
        coalesce(records.is_active, false) as is_active
    from priced_symbols
    full join {{ ref('int_company_facts') }} as facts using (symbol)
    left join {{ ref('stock_records') }} as records using (symbol)
    where priced_symbols.symbol is not null or facts.has_overview
)

select
    {{ dbt_utils.generate_surrogate_key(['symbol']) }} as stock_id,
    symbol,
    company_name,
    coalesce(sector, 'Unknown') as sector,
    industry,
    currency,
    exchange,
    country,
    asset_type,
    is_active,
    first_week,
    last_week
from known_symbols
where symbol not in (select quarantined.symbol from quarantined)

{{ union_quarantined('dim_stock', columns) }}
