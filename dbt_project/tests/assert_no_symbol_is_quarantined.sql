-- Likely cause: a payload or a formula that nobody foresaw. The column way_out
-- says what ends it; the other symbols are published.
{{ config(severity='warn') }}

select * from {{ ref('quarantined') }}
