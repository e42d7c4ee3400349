{# 1.05 is a change of 5 %: exact in numeric, then a ratio's type. #}
{% macro percent_change(ratio) -%}
    cast(100 * ({{ ratio }} - 1) as double precision)
{%- endmacro %}
