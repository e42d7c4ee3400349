{# Gold made anew. When a column, a key or a table is not as its contract says, the publication makes all tables of gold
   in a schema of its own, from candidates that hold every symbol, and puts them in the place of the old ones as its
   last step. Readers see the old tables until then and wait for that step alone; a crash leaves nothing behind, for
   all of it is one transaction. All tables and not one: their foreign keys bind them, and a key cannot lead from an
   old table to a new one while both change.

   A column says in its contract which name it had before: `config: {meta: {renamed_from: old_name}}`. Its rows keep
   their stamps, and the views of users read it by its new name.

   A transaction of the isolation level `repeatable read` that began before the swap and first reads gold after it
   finds the new tables empty, as with every table that Postgres rewrites. #}
{% macro made_anew(node) -%}
    {{ return(api.Relation.create(node.database, node.schema ~ '_anew', node.alias, type='table')) }}
{%- endmacro %}


{# The schema is there from the first step of such a publication to its last. #}
{% macro is_made_anew() -%}
    {{ return(run_query("select to_regnamespace('" ~ made_anew(published_nodes()[0]).schema ~ "') is not null")[0][0]) }}
{%- endmacro %}


{# The tables of gold that are not there, or not as their contract says. #}
{% macro outdated_tables() -%}
    {%- set outdated = [] -%}
    {%- if execute -%}
        {%- set found = facts_of_tables(published_nodes()[0].schema) -%}
        {%- for node in published_nodes() if found.get(node.alias, []) | sort != promised_facts(node) | sort -%}
            {%- do outdated.append(node.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(outdated) }}
{%- endmacro %}


{# By table: each column with its type, and the keys in the database's own words. #}
{% macro facts_of_tables(schema) -%}
    {%- set tables = {} -%}
    {%- for table, fact in run_query(
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
        {%- do tables.setdefault(table, []).append(fact) -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}


{% macro promised_facts(node) -%}
    {%- set facts, never_null = [], [] -%}
    {%- for key in node.constraints -%}
        {%- do never_null.extend(key.columns if key.type == 'primary_key' else []) -%}
    {%- endfor -%}
    {%- for column in node.columns.values() -%}
        {%- set is_never_null = column.name in never_null or 'not_null' in column.constraints | map(attribute='type') -%}
        {%- do facts.append(column.name ~ ' ' ~ column.data_type ~ (' not null' if is_never_null else '')) -%}
    {%- endfor -%}
    {%- for constraint in adapter.render_raw_model_constraints(raw_constraints=node.constraints) -%}
        {%- do facts.append(constraint | lower | replace(' ', '')) -%}
    {%- endfor -%}
    {{ return(facts) }}
{%- endmacro %}


{# None in the usual run. Candidates of some symbols alone cannot fill a table: a table that was changed by hand after
   they were built is made anew by the next run. #}
{% macro begin_to_make_anew() -%}
    {%- set outdated = outdated_tables() -%}
    {%- if outdated -%}
        {%- if run_query('select exists (select from ' ~ ref('symbol_versions') ~ ' where not is_changed)')[0][0] -%}
            {{ exceptions.raise_compiler_error(
                'nothing was published: ' ~ outdated | join(', ') ~ ' in gold changed while the candidates were built, '
                ~ 'which hold the changed symbols only. Run again: the next build holds all of them'
            ) }}
        {%- endif -%}
        create schema {{ made_anew(published_nodes()[0]).schema }};
        {%- for node in published_nodes() %}
            {{ create_published_table(node, made_anew(node)) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{# The last step, and the only one that readers wait for. A reader that holds one old table and then asks for another
   would make a circle with us: we let go and try again, and he goes first. #}
{% macro take_the_place_of_gold() -%}
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
        alter table {{ made_anew(node) }} set schema {{ node.schema }};
        {%- endfor %}
        drop schema {{ made_anew(published_nodes()[0]).schema }};
        {%- if old %}
        perform ops.bring_back_dependents();
        {%- endif %}
    end
    $swap$;
{%- endmacro %}
