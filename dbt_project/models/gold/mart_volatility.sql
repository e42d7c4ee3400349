-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_volatility_candidates') }}
