-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_latest_week_candidates') }}
