-- Likely cause: the source lacks weeks in the middle of a series, or the
-- exchange was closed for a whole week. The return of the week after them spans
-- them, and enters no statistic.
{{ config(severity='warn') }}

select
    symbol,
    week_ending,
    weeks_spanned - 1 as missing_weeks
from {{ ref('fact_adjusted_prices') }}
where weeks_spanned > 1
