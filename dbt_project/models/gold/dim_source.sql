-- depends_on: {{ ref('publications') }}
select * from {{ ref('dim_source_candidates') }}
