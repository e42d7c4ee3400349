-- depends_on: {{ ref('publications') }}
select * from {{ ref('dim_stock_candidates') }}
