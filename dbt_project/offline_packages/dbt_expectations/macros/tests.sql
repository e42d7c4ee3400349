{# As in the real package a null matches no pattern, so it fails. #}
{% test expect_column_values_to_match_regex(model, column_name, regex, row_condition=none, is_raw=false, flags='') %}
    {%- set is_match -%}
        coalesce(cardinality((select regexp_matches({{ column_name }}, '{{ regex }}', '{{ flags }}'))), 0) > 0
    {%- endset -%}
    {{ dbt_expectations.rows_where_not(model, is_match, row_condition) }}
{% endtest %}


{% test expect_column_values_to_be_between(
    model, column_name, min_value=none, max_value=none, row_condition=none, strictly=false
) %}
    {%- set is_within = dbt_expectations.is_between(column_name, min_value, max_value, strictly) -%}
    {{ dbt_expectations.rows_where_not(model, is_within, row_condition) }}
{% endtest %}


{% test expect_table_row_count_to_be_between(
    model, min_value=none, max_value=none, group_by=none, row_condition=none, strictly=false
) %}
    {%- set is_within = dbt_expectations.is_between('count(*)', min_value, max_value, strictly) -%}
    {{ dbt_expectations.rows_where_not(model, is_within, row_condition, group_by) }}
{% endtest %}


{% macro is_between(expression, min_value, max_value, strictly) -%}
    {%- if min_value is none and max_value is none -%}
        {{ exceptions.raise_compiler_error("You have to provide either a min_value, max_value or both.") }}
    {%- endif -%}
    {%- set equal = '' if strictly else '=' -%}
    (
        true
        {%- if min_value is not none %} and {{ expression }} >{{ equal }} {{ min_value }}{% endif -%}
        {%- if max_value is not none %} and {{ expression }} <{{ equal }} {{ max_value }}{% endif %}
    )
{%- endmacro %}


{# Like the real package, the failing rows show the grouping columns and the expression only. #}
{% macro rows_where_not(model, expression, row_condition=none, group_by=none) -%}
    select *
    from (
        select
            {% for column in group_by or [] %}{{ column }} as col_{{ loop.index }}, {% endfor -%}
            {{ expression }} as expression
        from {{ model }}
        {% if row_condition %}where {{ row_condition }}{% endif %}
        {% if group_by %}group by {{ group_by | join(', ') }}{% endif %}
    ) as checked
    where not expression
{%- endmacro %}
