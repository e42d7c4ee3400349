with known_sources (source_name, is_sample, description) as (
    values
    (
        'alpha_vantage',
        false,
        'Alpha Vantage API, as answered on the day of the request'
    ),
    (
        'sample_market',
        true,
        'Public-domain daily prices of five stocks, 2000 to 2013, '
        || 'served by the local market server; not live'
    )
),

warehouse_market as (
    select is_sample from {{ source('ops', 'market') }}
)

select
    {{ dbt_utils.generate_surrogate_key(['source_name']) }} as source_id,
    source_name,
    is_sample,
    description,
    is_sample = coalesce(
        (select warehouse_market.is_sample from warehouse_market),
        {{ var('is_sample_market', true) }}
    ) as is_current
from known_sources
