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

priced_symbols as (
    select
        symbol,
        first_week,
        last_week
    from {{ ref('symbol_fingerprints') }}
    where weeks > 0
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
        max(priced_symbols.last_week) over () as newest_week
    from priced_symbols
    full join {{ ref('int_company_facts') }} as facts using (symbol)
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
    -- Four weeks: no exchange rests that long.
    coalesce(newest_week - last_week <= 28, false) as is_active,
    first_week,
    last_week
from known_symbols
where symbol not in (select quarantined.symbol from quarantined)

{{ union_quarantined('dim_stock', columns) }}
