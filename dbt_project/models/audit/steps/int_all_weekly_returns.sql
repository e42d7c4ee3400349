{% set columns -%}
    symbol,
    week_ending,
    weekly_return_pct,
    weeks_spanned,
    is_complete_week,
    is_tick_bound
{%- endset %}

select
    {{ columns }}
from {{ ref('fact_adjusted_prices_candidates') }}

{{ union_unchanged('fact_adjusted_prices', columns) }}
