-- depends_on: {{ ref('publications') }}
select * from {{ ref('dim_date_candidates') }}
