-- depends_on: {{ ref('publications') }}
select * from {{ ref('fact_adjusted_prices_candidates') }}
