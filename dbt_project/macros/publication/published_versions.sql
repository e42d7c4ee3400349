{# What silver looked like, symbol by symbol, at the last publication. A failed publication leaves this as it was,
   so what it could not publish still counts as changed. #}
{% macro published_versions() -%}
    {{ return(api.Relation.create(target.database, 'audit', 'published_versions', type='table')) }}
{%- endmacro %}


{# True where what is published cannot be relied on: every symbol counts as changed. #}
{% macro is_whole_rebuild() -%}
    {{ return(flags.FULL_REFRESH or outdated_tables() | length > 0 or published_formula() != formula()) }}
{%- endmacro %}


{% macro published_formula() -%}
    {%- if execute and adapter.get_relation(target.database, 'audit', 'published_versions') -%}
        {{ return(run_query('select max(formula) from ' ~ published_versions())[0][0]) }}
    {%- endif -%}
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


{# The published rows of the quarantined symbols, where the new rows of all others follow more than their prices. #}
{% macro union_kept(table, columns) -%}
    {%- set quarantined = ref('quarantined') -%}
    {%- if not is_whole_rebuild() -%}
        union all

        select {{ columns }}
        from gold.{{ table }}
        where symbol in (select symbol from {{ quarantined }})
    {%- endif -%}
{%- endmacro %}


{# Whatever readers see now, however this run computes it. #}
{% macro select_symbols_in_gold() -%}
    {%- if execute and adapter.get_relation(target.database, 'gold', 'dim_stock') -%}
        select symbol from gold.dim_stock
    {%- else -%}
        select cast(null as text) as symbol where false
    {%- endif -%}
{%- endmacro %}


{# None in a whole rebuild: what is published does not count. A symbol of which gold does not hold the weeks that were
   published is incomplete: it counts as changed, and is published anew. #}
{% macro select_published_versions() -%}
    {%- if execute and not is_whole_rebuild() -%}
        select
            symbol,
            coalesce(versions.first_week, held.first_week) as first_week,
            coalesce(versions.last_week, held.last_week) as last_week,
            coalesce(versions.weeks, held.weeks) as weeks,
            versions.loaded_at,
            versions.batches,
            versions.weeks is distinct from held.weeks as is_incomplete
        from {{ published_versions() }} as versions
        full join (
            select symbol, min(week_ending) as first_week, max(week_ending) as last_week, count(*) as weeks
            from gold.fact_adjusted_prices
            group by symbol
        ) as held using (symbol)
    {%- else -%}
        select
            cast(null as text) as symbol,
            cast(null as date) as first_week,
            cast(null as date) as last_week,
            cast(null as bigint) as weeks,
            cast(null as timestamptz) as loaded_at,
            cast(null as numeric) as batches,
            cast(null as boolean) as is_incomplete
        where false
    {%- endif -%}
{%- endmacro %}


{# Replaced whole, as every table of audit is. #}
{% macro remember_published_versions() -%}
    {%- set symbol_versions = ref('symbol_versions') -%}
    drop table if exists {{ published_versions() }};
    create table {{ published_versions() }} as
    select symbol, first_week, last_week, weeks, loaded_at, batches, '{{ formula() }}' as formula
    from {{ symbol_versions }}
    where weeks > 0;
    comment on table {{ published_versions() }} is
        'What silver held of each symbol when gold was last published. Grain: one row per symbol.';
{%- endmacro %}
