-- Computed in models/audit/mart_daily_gaps_candidates.sql;
-- written by publications.sql (see macros/publication/README.md).
-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_daily_gaps_candidates') }}
