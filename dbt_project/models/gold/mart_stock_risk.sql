-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_stock_risk_candidates') }}
