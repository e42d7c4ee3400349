-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_sector_performance_candidates') }}
