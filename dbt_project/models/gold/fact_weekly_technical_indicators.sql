-- Computed in models/audit/fact_weekly_technical_indicators_candidates.sql;
-- written by publications.sql (see macros/publication/README.md).
-- depends_on: {{ ref('publications') }}
select * from {{ ref('fact_weekly_technical_indicators_candidates') }}
