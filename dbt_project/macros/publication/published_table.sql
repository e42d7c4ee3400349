{# A table of gold: created once from its contract, then only changed row by row by the publication.
   A rebuild would silently drop its foreign keys, its grants and the views on it. #}
{% materialization published, adapter='postgres' %}
    {%- set published = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ create_or_extend(model) }}
    {%- endcall %}
    {% do apply_grants(published, config.get('grants'), should_revoke=True) %}
    {% do persist_docs(published, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [published]}) }}
{% endmaterialization %}


{# The statements that make room for all rows that the contract allows: its columns, and nulls where an earlier contract
   had none. None in the usual run, because altering a table would make its readers wait for the end of the publication. #}
{% macro create_or_extend(node) -%}
    {%- set published = api.Relation.create(node.database, node.schema, node.alias, type='table') -%}
    {%- if not is_created(node) -%}
        {{ create_published_table(node, published) }}
    {%- else -%}
        {%- set present = published_columns(published, node) -%}
        {%- for column in node.columns.values() if column.name not in present %}
            alter table {{ published }} add column if not exists {{ column.name }} {{ column.data_type }};
        {%- endfor %}
        {%- for column in columns_without_null(published) if not is_never_null(node.columns.get(column)) %}
            alter table {{ published }} alter column {{ adapter.quote(column) }} drop not null;
        {%- endfor %}
        select 'as the contract says'
    {%- endif -%}
{%- endmacro %}


{# Names of the columns that the table has. Another type than the contract's stops the publication: changing it would
   rewrite the table, and may not be possible. #}
{% macro published_columns(published, node) -%}
    {%- set present = [] -%}
    {%- for column in adapter.get_columns_in_relation(published) -%}
        {%- set promised = node.columns.get(column.name) -%}
        {%- if promised and promised.data_type != column.data_type -%}
            {{ exceptions.raise_compiler_error(
                published ~ '.' ~ column.name ~ ' is ' ~ column.data_type ~ ' and its contract says '
                ~ promised.data_type ~ ': drop the table (cascade), and the next publication makes all of it anew'
            ) }}
        {%- endif -%}
        {%- do present.append(column.name) -%}
    {%- endfor -%}
    {{ return(present) }}
{%- endmacro %}


{# The columns that are never null, but for those of the primary key, which cannot be. #}
{% macro columns_without_null(published) -%}
    {%- set found = run_query(
        "select attname from pg_attribute
        where attrelid = '" ~ published ~ "'::regclass and attnum > 0 and attnotnull and not exists (
            select from pg_index where indrelid = attrelid and indisprimary and attnum = any(indkey)
        )"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}


{% macro is_never_null(column) -%}
    {{ return(column and 'not_null' in column.constraints | map(attribute='type')) }}
{%- endmacro %}


{% macro is_created(node) -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias) is not none) }}
{%- endmacro %}


{% macro create_published_table(node, published) -%}
    create table if not exists {{ published }} (
        {{ adapter.render_raw_columns_constraints(raw_columns=node.columns) | join(',\n        ') }}
    );
    comment on table {{ published }} is {{ postgres_escape_comment(node.description) }};
    {%- for column in node.columns.values() %}
        comment on column {{ published }}.{{ column.name }} is {{ postgres_escape_comment(column.description) }};
    {%- endfor %}
    {%- for role in node.config.grants.select or [] %}
        grant select on {{ published }} to {{ role }};
    {%- endfor %}
{%- endmacro %}


{# What the contract promises beyond columns and the table lacks: keys, indexes, and not null for a column that was
   added. Only once the rows are there: a key over all rows is made many times faster than row by row. #}
{% macro complete_contract(node) -%}
    {%- set published = api.Relation.create(node.database, node.schema, node.alias, type='table') -%}
    {%- set present = keys_and_indexes(published) -%}
    {%- for column in node.columns.values()
        if column.name not in present and is_never_null(column) %}
        alter table {{ published }} alter column {{ column.name }} set not null;
    {%- endfor %}
    {%- for constraint in adapter.render_raw_model_constraints(raw_constraints=node.constraints)
        if constraint | lower | replace(' ', '') not in present %}
        alter table {{ published }} add {{ constraint }};
    {%- endfor %}
    {%- for index in node.config.indexes or [] if '(' ~ index.columns | join(', ') ~ ')' not in present %}
        create index on {{ published }} ({{ index.columns | join(', ') }});
    {%- endfor %}
    {%- if not is_created(node) %}
        analyze {{ published }}; -- the next publication is planned before autovacuum comes by
    {%- endif %}
{%- endmacro %}


{# The constraints, the columns of the indexes and the columns that are never null, as complete_contract writes them. #}
{% macro keys_and_indexes(published) -%}
    {%- set found = run_query(
        "select lower(replace(pg_get_constraintdef(oid), ' ', '')) from pg_constraint
        where conrelid = '" ~ published ~ "'::regclass
        union all
        select substring(pg_get_indexdef(indexrelid) from '\\(.*\\)') from pg_index
        where indrelid = '" ~ published ~ "'::regclass
        union all
        select attname from pg_attribute
        where attrelid = '" ~ published ~ "'::regclass and attnotnull"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}
