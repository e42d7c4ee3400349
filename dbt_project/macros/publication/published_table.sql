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


{# The statements that bring a table to its contract; none in the usual run, because altering a table
   would make its readers wait for the end of the publication. #}
{% macro create_or_extend(node) -%}
    {%- set published = api.Relation.create(node.database, node.schema, node.alias, type='table') -%}
    {%- if not is_created(node) -%}
        {{ create_published_table(node, published) }}
    {%- else -%}
        {%- set present = adapter.get_columns_in_relation(published) | map(attribute='name') | list -%}
        {%- for column in node.columns.values() if column.name not in present %}
            alter table {{ published }} add column if not exists {{ column.name }} {{ column.data_type }};
        {%- endfor %}
        select 'as the contract says'
    {%- endif -%}
{%- endmacro %}


{% macro is_created(node) -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias) is not none) }}
{%- endmacro %}


{% macro create_published_table(node, published) -%}
    {%- set lines = (
        adapter.render_raw_columns_constraints(raw_columns=node.columns)
        + adapter.render_raw_model_constraints(raw_constraints=node.constraints)
    ) -%}
    create table if not exists {{ published }} (
        {{ lines | join(',\n        ') }}
    );
    comment on table {{ published }} is {{ postgres_escape_comment(node.description) }};
    {%- for column in node.columns.values() %}
        comment on column {{ published }}.{{ column.name }} is {{ postgres_escape_comment(column.description) }};
    {%- endfor %}
    {%- for index in node.config.indexes or [] %}
        create index if not exists {{ node.alias }}_by_{{ index.columns | join('_') }}
            on {{ published }} ({{ index.columns | join(', ') }});
    {%- endfor %}
    {%- for role in node.config.grants.select or [] %}
        grant select on {{ published }} to {{ role }};
    {%- endfor %}
{%- endmacro %}
