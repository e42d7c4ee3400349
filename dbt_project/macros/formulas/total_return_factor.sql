{# What times close by the close before is a total return. Rows that an earlier version of silver wrote do not have it:
   there it is the growth of adjusted over raw close. #}
{% macro total_return_factor(by_week) -%}
    coalesce(
        total_return_factor,
        effective_adj_close / nullif(lag(effective_adj_close) over {{ by_week }}, 0)
        * lag(close_price) over {{ by_week }} / nullif(close_price, 0)
    )
{%- endmacro %}
