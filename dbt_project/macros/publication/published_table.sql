{# A table of gold: created from its contract, then changed row by row by the publications, and replaced when the contract
   changes (shadow_tables.sql). dbt's own materializations would drop its foreign keys and the views on it. #}
{% materialization published, adapter='postgres' %}
    {%- set published = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {%- if is_created(model) -%}
        select 'as the publication left it'
        {%- else -%}
        {{ create_published_table(model, published) }}
        {%- endif -%}
    {%- endcall %}
    {% do apply_grants(published, config.get('grants'), should_revoke=True) %}
    {% do persist_docs(published, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [published]}) }}
{% endmaterialization %}


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


{# Added when the table is filled: a key is built over all rows many times faster than row by row. Foreign keys lead to the
   other shadow tables. #}
{% macro add_keys_and_indexes(node, published) -%}
    {%- for constraint in adapter.render_raw_model_constraints(raw_constraints=node.constraints) %}
        alter table {{ published }} add {{ constraint | replace(
            'references ' ~ node.schema ~ '.', 'references ' ~ published.schema ~ '.'
        ) }};
    {%- endfor %}
    {%- for index in node.config.indexes or [] %}
        create index on {{ published }} ({{ index.columns | join(', ') }});
    {%- endfor %}
    {#- The next publication may be planned before autovacuum has analyzed the table. #}
    analyze {{ published }};
{%- endmacro %}


{# Building an index keeps no reader waiting. #}
{% macro add_missing_indexes(node) -%}
    {%- set published = api.Relation.create(node.database, node.schema, node.alias, type='table') -%}
    {%- set found = run_query(
        "select substring(pg_get_indexdef(indexrelid) from '\\(.*\\)') from pg_index
        where indrelid = '" ~ published ~ "'::regclass"
    ).columns[0].values() -%}
    {%- for index in node.config.indexes or [] if '(' ~ index.columns | join(', ') ~ ')' not in found %}
        create index on {{ published }} ({{ index.columns | join(', ') }});
    {%- endfor %}
{%- endmacro %}
