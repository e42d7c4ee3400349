{# Weeks counted from one before every exchange's records, so that "52 weeks ago" is a subtraction. #}
{% macro week_index(week_ending) -%}
    ({{ week_ending }} - date '1900-01-05') / 7
{%- endmacro %}
