-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_dividends_candidates') }}
