{# What silver looked like, symbol by symbol, at the last publication. A failed publication leaves this as it was,
   so what it could not publish still counts as changed. #}
{% macro published_versions() -%}
    {{ return(api.Relation.create(target.database, 'audit', 'published_versions')) }}
{%- endmacro %}


{# True where what is published cannot be relied on: every symbol counts as changed. #}
{% macro is_whole_rebuild() -%}
    {%- set missing = [] -%}
    {%- for node in (graph.nodes or {}).values() -%}
        {%- if node.config.materialized == 'published' and not is_created(node) -%}
            {%- do missing.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(
        flags.FULL_REFRESH
        or missing | length > 0
        or adapter.get_relation(target.database, 'audit', 'published_versions') is none
    ) }}
{%- endmacro %}


{# The published rows of the symbols that did not change, to stand beside the new rows of those that did.
   Gold is read by its name: a ref would close a circle. #}
{% macro union_unchanged(table, columns) -%}
    {%- set symbol_versions = ref('symbol_versions') -%}
    {%- if not is_whole_rebuild() -%}
        union all

        select {{ columns }}
        from gold.{{ table }}
        where symbol not in (select symbol from {{ symbol_versions }} where is_changed)
    {%- endif -%}
{%- endmacro %}


{% macro select_published_versions() -%}
    {%- if adapter.get_relation(target.database, 'audit', 'published_versions') -%}
        select symbol, weeks, loaded_at, batches, formula from {{ published_versions() }}
    {%- else -%}
        select
            cast(null as text) as symbol,
            cast(null as bigint) as weeks,
            cast(null as timestamptz) as loaded_at,
            cast(null as numeric) as batches,
            cast(null as text) as formula
        where false
    {%- endif -%}
{%- endmacro %}


{# The fingerprint of the code of some models and of the ephemeral models they are made of: a changed formula reaches
   every row at the next build, without --full-refresh. #}
{% macro formula_of(model_names) -%}
    {%- set checksums = [] -%}
    {%- for node in (graph.nodes or {}).values() -%}
        {%- if node.name in model_names or node.config.materialized == 'ephemeral' -%}
            {%- do checksums.append(node.checksum.checksum) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(checksums | sort | join)) }}
{%- endmacro %}


{% macro remember_published_versions() -%}
    {%- set symbol_versions = ref('symbol_versions') -%}
    create table if not exists {{ published_versions() }} (
        symbol text primary key,
        weeks bigint not null,
        loaded_at timestamptz not null,
        batches numeric not null,
        formula text not null
    );
    comment on table {{ published_versions() }} is
        'What silver held of each symbol when gold was last published. Grain: one row per symbol.';
    delete from {{ published_versions() }};
    insert into {{ published_versions() }}
    select symbol, weeks, loaded_at, batches, formula from {{ symbol_versions }} where weeks > 0;
{%- endmacro %}
