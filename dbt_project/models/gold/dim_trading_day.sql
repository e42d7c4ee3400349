-- Computed in models/audit/dim_trading_day_candidates.sql;
-- written by publications.sql (see macros/publication/README.md).
-- depends_on: {{ ref('publications') }}
select * from {{ ref('dim_trading_day_candidates') }}
