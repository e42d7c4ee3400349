{# gold.publications cannot be computed again, so its columns are altered in place to follow the contract. dbt adds new
   columns; one that the contract no longer has keeps its values. This is the last step before the publication's own row,
   because readers of the table wait from here on. #}
{% macro follow_contract_in_place(node) -%}
    {%- set table = node.schema ~ '.' ~ node.alias -%}
    {%- set changes = [] -%}
    {%- for column, published in published_columns(node).items() -%}
        {%- set type = node.columns[column].data_type -%}
        {%- if published.type != type -%}
            {%- do changes.append('alter column ' ~ column ~ ' type ' ~ type ~ ' using ' ~ column ~ '::' ~ type) -%}
        {%- endif -%}
        {%- if published.is_never_null and 'not_null' not in node.columns[column].constraints | map(attribute='type') -%}
            {%- do changes.append('alter column ' ~ column ~ ' drop not null') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for column in dropped_columns(node) -%}
        {%- do changes.append('alter column ' ~ column ~ ' drop not null') -%}
    {%- endfor -%}
    {{ rename_columns(node) }}
    {%- if changes %}
        select ops.set_aside_dependents(array['{{ table }}'::regclass]);
        alter table {{ table }} {{ changes | join(', ') }};
        select ops.bring_back_dependents();
    {%- endif -%}
{%- endmacro %}


{# Not-null columns that the contract no longer has: new rows have no value for them. #}
{% macro dropped_columns(node) -%}
    {%- set kept = published_columns(node).values() | map(attribute='name') | list -%}
    {{ return(run_query(
        "select attname from pg_attribute
        where attrelid = to_regclass('" ~ node.schema ~ "." ~ node.alias ~ "')
        and attnum > 0 and attnotnull and not attisdropped"
    ).columns[0].values() | reject('in', kept) | list) }}
{%- endmacro %}
