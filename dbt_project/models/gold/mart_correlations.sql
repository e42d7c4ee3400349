-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_correlations_candidates') }}
