{# The table of fingerprints: what silver held of each symbol at the last publication, and the code that published it. It
   is written in the publication's transaction, so what a failed publication left out still counts as changed. #}
{% macro published_fingerprints() -%}
    {{ return(api.Relation.create(target.database, 'audit', 'published_fingerprints', type='table')) }}
{%- endmacro %}


{# True where every symbol counts as changed: on request, where a table is not as its contract says, and where the code
   is not the one that published. #}
{% macro is_whole_rebuild() -%}
    {{ return(flags.FULL_REFRESH or outdated_tables() | length > 0 or published_code_fingerprint() != code_fingerprint()) }}
{%- endmacro %}


{# None before the first publication. Where no symbol was published with weeks, this code's own: each that has weeks by now
   is new. #}
{% macro published_code_fingerprint() -%}
    {%- if execute and adapter.get_relation(target.database, 'audit', 'published_fingerprints') -%}
        {{ return(run_query(
            "select coalesce(max(code_fingerprint), '" ~ code_fingerprint() ~ "') from " ~ published_fingerprints()
        )[0][0]) }}
    {%- endif -%}
{%- endmacro %}


{# Appends the published rows of the unchanged symbols to the new rows of the changed ones, those that the SQL of `joined`
   leaves. Gold is read by its name, because a ref to it would be circular. #}
{% macro union_unchanged(table, columns, joined='') -%}
    {%- set symbol_fingerprints = ref('symbol_fingerprints') -%}
    {%- if not is_whole_rebuild() -%}
        union all

        select {{ columns }}
        from gold.{{ table }} {{ joined }}
        where symbol not in (select symbol from {{ symbol_fingerprints }} where is_changed)
    {%- endif -%}
{%- endmacro %}


{# Appends the published rows of the quarantined symbols to a table that is computed anew for all others, also for those
   whose prices did not change. #}
{% macro union_quarantined(table, columns) -%}
    {%- set quarantined = ref('quarantined') -%}
    {%- if not is_whole_rebuild() -%}
        union all

        select {{ columns }}
        from gold.{{ table }}
        where symbol in (select symbol from {{ quarantined }})
    {%- endif -%}
{%- endmacro %}


{# The symbols that readers see now, also in a whole rebuild. #}
{% macro select_published_symbols() -%}
    {%- if execute and adapter.get_relation(target.database, 'gold', 'dim_stock') -%}
        select symbol from gold.dim_stock
    {%- else -%}
        select cast(null as text) as symbol where false
    {%- endif -%}
{%- endmacro %}


{# The fingerprints of the last publication; none in a whole rebuild, where every symbol counts as changed. A symbol is
   incomplete, and counts as changed, where gold does not hold as many weeks of it as were published. #}
{% macro select_published_fingerprints() -%}
    {%- if execute and not is_whole_rebuild() -%}
        select
            symbol,
            coalesce(published.first_week, held.first_week) as first_week,
            coalesce(published.last_week, held.last_week) as last_week,
            coalesce(published.weeks, held.weeks) as weeks,
            published.loaded_at,
            published.batches,
            published.weeks is distinct from held.weeks as is_incomplete
        from {{ published_fingerprints() }} as published
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


{# Replaced as a whole, as every table of audit is. The two other names are those of an earlier release. #}
{% macro store_fingerprints() -%}
    {%- set symbol_fingerprints = ref('symbol_fingerprints') -%}
    drop table if exists {{ published_fingerprints() }};
    drop table if exists audit.published_versions, audit.symbol_versions cascade;
    create table {{ published_fingerprints() }} as
    select symbol, first_week, last_week, weeks, loaded_at, batches, '{{ code_fingerprint() }}' as code_fingerprint
    from {{ symbol_fingerprints }}
    where weeks > 0;
    comment on table {{ published_fingerprints() }} is
        'What silver held of each symbol when gold was last published. Grain: one row per symbol.';
{%- endmacro %}


{# What the tables of bars were published from. Of a symbol whose days or weeks were left out, what was published before
   stands, so that it still counts as changed. #}
{% macro store_published_bars() -%}
    {%- set changed_bars, prepared = ref('changed_bars'), source('bars', 'prepared_symbols') -%}
    {%- set published = source('bars', 'published_bars') -%}
    insert into {{ published }} as published (
        symbol, days_state, weeks, weeks_loaded_at, weeks_batches, days, day_bars, week_bars, code, gold_definition
    )
    select
        prepared.symbol,
        case when changed.is_days_changed then prepared.days_state else known.days_state end,
        case when changed.is_weeks_changed then prepared.weeks else coalesce(known.weeks, 0) end,
        case when changed.is_weeks_changed then prepared.weeks_loaded_at else known.weeks_loaded_at end,
        case when changed.is_weeks_changed then prepared.weeks_batches else known.weeks_batches end,
        (select count(*) from gold.fact_daily_prices where symbol = prepared.symbol),
        (select count(*) from gold.fact_technical_indicators where symbol = prepared.symbol),
        (select count(*) from gold.fact_weekly_technical_indicators where symbol = prepared.symbol),
        preparation.code,
        ops.definition_of_gold()
    from {{ prepared }} as prepared
    inner join {{ changed_bars }} as changed using (symbol)
    left join {{ published }} as known using (symbol)
    cross join {{ source('bars', 'preparation') }} as preparation
    on conflict (symbol) do update set
        (days_state, weeks, weeks_loaded_at, weeks_batches, days, day_bars, week_bars, code, gold_definition)
        = row(
            excluded.days_state, excluded.weeks, excluded.weeks_loaded_at, excluded.weeks_batches, excluded.days,
            excluded.day_bars, excluded.week_bars, excluded.code, excluded.gold_definition
        );
    delete from {{ published }} where days + weeks = 0;
{%- endmacro %}
