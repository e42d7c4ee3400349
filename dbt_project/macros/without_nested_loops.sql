{# The hook of a model that joins rows that were just computed. Postgres has no statistics of those, expects one row where
   there are thousands, and would compare each with each: a minute instead of a tenth of a second. #}
{% macro without_nested_loops() -%}
    set local enable_nestloop = off
{%- endmacro %}
