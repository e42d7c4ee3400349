-- Computed in models/audit/dim_source_candidates.sql;
-- written by publications.sql (see macros/publication/README.md).
-- depends_on: {{ ref('publications') }}
select * from {{ ref('dim_source_candidates') }}
