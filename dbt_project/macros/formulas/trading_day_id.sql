{# The day as a number: 20130301. A key of four bytes, for a fact of many days. #}
{% macro trading_day_id(day) -%}
    cast(to_char({{ day }}, 'YYYYMMDD') as integer)
{%- endmacro %}
