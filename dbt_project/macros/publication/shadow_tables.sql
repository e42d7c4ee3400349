{# Shadow tables. Where a table of gold does not exist, or a column or key is not as its contract says, the publication
   builds all tables of gold in the schema gold_shadow, from candidates that hold every symbol, and swaps them with the
   old ones as its last step. Readers see the old tables until the swap and wait only for it. All of it is one
   transaction, so a crash leaves nothing behind. All tables are built, because foreign keys connect them: a key cannot
   lead from an old table to a new one.

   A renamed column names its old name in the contract: `config: {meta: {renamed_from: old_name}}`. Its rows keep their
   stamps, and the views of users read it by its new name.

   A `repeatable read` transaction that began before the swap and first reads gold after it finds the new tables empty,
   as with every table that Postgres rewrites. #}
{% macro shadow_table(node) -%}
    {{ return(api.Relation.create(node.database, node.schema ~ '_shadow', node.alias, type='table')) }}
{%- endmacro %}


{# True between the first step of a publication that builds shadow tables and the swap: the schema exists. #}
{% macro has_shadow_tables() -%}
    {{ return(run_query("select to_regnamespace('" ~ shadow_table(published_nodes()[0]).schema ~ "') is not null")[0][0]) }}
{%- endmacro %}


{# The tables of gold that do not exist, or are not as their contract says. #}
{% macro outdated_tables() -%}
    {%- set outdated = [] -%}
    {%- if execute -%}
        {%- set found = existing_definitions(published_nodes()[0].schema) -%}
        {%- for node in published_nodes() if found.get(node.alias, []) | sort != contract_definitions(node) | sort -%}
            {%- do outdated.append(node.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(outdated) }}
{%- endmacro %}


{# By table: each column with its type, and each key as Postgres prints it. #}
{% macro existing_definitions(schema) -%}
    {%- set tables = {} -%}
    {%- for table, definition in run_query(
        "select
            relname,
            concat_ws(' ', attname, format_type(atttypid, atttypmod), case when attnotnull then 'not null' end)
        from pg_attribute
        inner join pg_class on pg_class.oid = attrelid and relkind = 'r' and relnamespace = to_regnamespace('" ~ schema ~ "')
        where attnum > 0 and not attisdropped
        union all
        select relname, translate(lower(pg_get_constraintdef(pg_constraint.oid)), ' \"', '')
        from pg_constraint
        inner join pg_class on pg_class.oid = conrelid and relnamespace = to_regnamespace('" ~ schema ~ "')
        where contype in ('p', 'u', 'f')"
    ).rows -%}
        {%- do tables.setdefault(table, []).append(definition) -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}


{# The same as the contract has it. #}
{% macro contract_definitions(node) -%}
    {%- set definitions, never_null = [], [] -%}
    {%- for key in node.constraints -%}
        {%- do never_null.extend(key.columns if key.type == 'primary_key' else []) -%}
    {%- endfor -%}
    {%- for column in node.columns.values() -%}
        {%- set is_never_null = column.name in never_null or 'not_null' in column.constraints | map(attribute='type') -%}
        {%- do definitions.append(column.name ~ ' ' ~ column.data_type ~ (' not null' if is_never_null else '')) -%}
    {%- endfor -%}
    {%- for constraint in adapter.render_raw_model_constraints(raw_constraints=node.constraints) -%}
        {%- do definitions.append(constraint | lower | replace(' ', '')) -%}
    {%- endfor -%}
    {{ return(definitions) }}
{%- endmacro %}


{# Nothing in the usual run. Candidates that hold the changed symbols only cannot fill a whole table: if gold was changed
   by hand after they were built, this publication fails and the next one rebuilds gold. #}
{% macro create_shadow_tables() -%}
    {%- set outdated = outdated_tables() -%}
    {%- if outdated -%}
        {%- if run_query('select exists (select from ' ~ ref('symbol_fingerprints') ~ ' where not is_changed)
            or not (select is_whole from ' ~ source('bars', 'preparation') ~ ')')[0][0] -%}
            {{ exceptions.raise_compiler_error(
                'nothing was published: ' ~ outdated | join(', ') ~ ' in gold changed while the candidates were built, '
                ~ 'which hold the changed symbols only. Run again: the next build holds all of them'
            ) }}
        {%- endif -%}
        create schema {{ shadow_table(published_nodes()[0]).schema }};
        {%- for node in published_nodes() %}
            {{ create_published_table(node, shadow_table(node)) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{# The last step, and the only one that readers wait for. A reader that has locked one old table and waits for another
   would deadlock with the swap: it gives up its locks and tries again, so that the reader finishes first. #}
{% macro swap_shadow_tables() -%}
    {%- set old = [] -%}
    {%- for node in published_nodes() if published_columns(node) -%}
        {%- do old.append(node.schema ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    do $swap$
    begin
        {%- if old %}
        for attempt in 1..5 loop
            begin
                lock table {{ old | join(', ') }} in access exclusive mode;
                exit;
            exception when deadlock_detected then
                if attempt = 5 then raise; end if;
            end;
        end loop;
        {%- for node in published_nodes() %}
        {{ rename_columns(node) }}
        {%- endfor %}
        perform ops.set_aside_dependents(array['{{ old | join("', '") }}']::regclass[]);
        drop table {{ old | join(', ') }};
        {%- endif %}
        {%- for node in published_nodes() %}
        alter table {{ shadow_table(node) }} set schema {{ node.schema }};
        {%- endfor %}
        drop schema {{ shadow_table(published_nodes()[0]).schema }};
        {%- if old %}
        perform ops.bring_back_dependents();
        {%- endif %}
    end
    $swap$;
{%- endmacro %}
