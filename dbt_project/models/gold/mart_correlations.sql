-- Computed in models/audit/mart_correlations_candidates.sql;
-- written by publications.sql (see macros/publication/README.md).
-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_correlations_candidates') }}
