{# The steps of a publication. Each is a pre-hook of `publications`, so all share its transaction, and the tables of gold
   change together or not at all. #}
{% macro open_publication() -%}
    {%- if execute -%}
        {{ refuse_without_checks() }}
        {{ create_shadow_tables() }}
        create temporary table publication_counts (
            published_table text, rows_inserted bigint, rows_updated bigint, rows_deleted bigint
        ) on commit drop;
        {#- In one statement with publication_counts: if a later step ran in another transaction, it would not find that
            table, and fail. #}
        {{ prove_candidates() }}
    {%- endif -%}
{%- endmacro %}


{# The step that changes the definition of tables: readers do not wait for anything before it. #}
{% macro complete_publication() -%}
    {%- if execute -%}
        {%- set statements = [] -%}
        {%- if has_shadow_tables() -%}
            {%- for node in published_nodes() %}
            {{ add_keys_and_indexes(node, shadow_table(node)) }}
            {%- endfor -%}
            {{ swap_shadow_tables() }}
        {%- else -%}
            {%- for node in published_nodes() -%}
                {%- do statements.append(add_missing_indexes(node) | trim) -%}
            {%- endfor -%}
            {%- do statements.append(drop_replaced_indexes() | trim) -%}
        {%- endif -%}
        {%- do statements.append(follow_contract_in_place(model) | trim) -%}
        {%- if statements | join -%}
            set constraints all immediate; -- a table whose checks are still to come cannot be altered
            {{ statements | join('\n') }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# The index of weeks of an earlier release, under both of its names. The contract has one with more columns. #}
{% macro drop_replaced_indexes() -%}
    {%- for index in ['gold.fact_adjusted_prices_by_week_ending', 'gold.fact_adjusted_prices_week_ending_idx']
        if run_query("select to_regclass('" ~ index ~ "') is not null")[0][0] %}
        drop index {{ index }};
    {%- endfor -%}
{%- endmacro %}


{# The tables of gold as dbt knows them, in the order of the list. #}
{% macro published_nodes() -%}
    {%- set nodes = [] -%}
    {%- for table in published_tables() -%}
        {%- do nodes.append(graph.nodes['model.stocklake.' ~ table.name]) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}


{# A selection that leaves out a check would publish candidates that it was not run on. #}
{% macro refuse_without_checks() -%}
    {%- for check in graph.nodes.values()
        if check.resource_type == 'test'
        and 'whole_table' not in check.tags
        and check.config.severity | lower == 'error'
        and check.unique_id not in selected_resources -%}
        {{ exceptions.raise_compiler_error(
            'publications runs only with all of its checks, and this selection leaves out ' ~ check.name
            ~ ': build everything, or a part of it without publications'
        ) }}
    {%- endfor -%}
{%- endmacro %}


{# The list in models/gold/_gold__models.yml: while dbt parses `publications`, in that model's own config; later for every
   model in the graph. None in a unit test. #}
{% macro published_tables() -%}
    {%- set publications = (graph.nodes or {}).get('model.stocklake.publications', model) -%}
    {{ return(publications.config.get('meta', {}).get('published_tables', [])) }}
{%- endmacro %}


{# Each table by a statement of its own. #}
{% macro publish_tables() -%}
    {%- for table in published_tables() -%}
        {%- set merge = publish(table) -%}
        {%- call statement('publish_' ~ table.name) -%}{{ merge }}{%- endcall -%}
    {%- endfor -%}
{%- endmacro %}


{# Make one table of gold equal to its candidates, touching only rows that differ. Within `scope`, a row without a
   candidate is deleted. #}
{% macro publish(table) -%}
    {%- set candidates = ref(table.name ~ '_candidates') -%}
    {%- set key = table.key -%}
    {%- set scope = of_changed_symbols(table) if table.unchanged_symbols == 'left_out' else 'true' -%}
    {%- if execute -%}
        {%- set node = graph.nodes['model.stocklake.' ~ table.name] -%}
        {%- set published = api.Relation.create(node.database, node.schema, node.alias) -%}
        {%- set columns = candidate_columns(node, candidates) -%}
        {%- set stamps = publication_stamps(node) -%}
        {%- if has_shadow_tables() %}
        {{ fill_shadow_table(node, candidates, key, columns, stamps) }}
        {%- else %}
        with deleted as (
            delete from {{ published }} as published
            where {{ scope }} and not exists (
                select from {{ candidates }} as candidates where {{ same_key(key) }}
            )
            returning 1
        ),

        updated as (
            update {{ published }} as published
            set
                ({{ (columns + stamps.keys() | list) | join(', ') }})
                = row(candidates.{{ (columns | join(', candidates.')) ~ (', ' if stamps) ~ (stamps.values() | join(', ')) }})
            from {{ candidates }} as candidates
            where
                {{ same_key(key) }}
                and {{ scope }} -- changes nothing, but lets the planner read only these rows of gold
                and (published.{{ columns | join(', published.') }})
                is distinct from (candidates.{{ columns | join(', candidates.') }})
            returning 1
        ),

        inserted as (
            insert into {{ published }} ({{ (columns + stamps.keys() | list) | join(', ') }})
            select candidates.{{ (columns | join(', candidates.')) ~ (', ' if stamps) ~ (stamps.values() | join(', ')) }}
            from {{ candidates }} as candidates
            where not exists (
                select from {{ published }} as published where {{ same_key(key) }}
            )
            returning 1
        )

        insert into publication_counts
        select
            '{{ table.name }}',
            (select count(*) from inserted),
            (select count(*) from updated),
            (select count(*) from deleted);
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro same_key(key) -%}
    {%- for column in key -%}
        {{ ' and ' if not loop.first }}published.{{ column }} = candidates.{{ column }}
    {%- endfor -%}
{%- endmacro %}


{# When and by which batch a row last changed its content, for the tables that say so. #}
{% macro publication_stamps(node) -%}
    {%- set stamps = {} -%}
    {%- if 'load_timestamp' in node.columns -%}
        {%- set of_days = published_tables() | selectattr('bars', 'equalto', 'days') | map(attribute='name') | list -%}
        {%- do stamps.update({
            'load_timestamp': 'now()',
            'execution_batch_id': daily_batch_id() if node.name in of_days else execution_batch_id(),
        }) -%}
    {%- endif -%}
    {{ return(stamps) }}
{%- endmacro %}


{# The columns to compare. Candidates whose columns are not those of the contract stop the publication. #}
{% macro candidate_columns(node, candidates) -%}
    {%- set found = {} -%}
    {%- for column in adapter.get_columns_in_relation(candidates) -%}
        {%- do found.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- set promised = {} -%}
    {%- for column in node.columns.values() if column.name not in publication_stamps(node) -%}
        {%- do promised.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- if found != promised -%}
        {{ exceptions.raise_compiler_error(
            candidates ~ ' breaks the contract of ' ~ node.name
            ~ ': found ' ~ (found.items() | reject('in', promised.items()) | list)
            ~ ', promised ' ~ (promised.items() | reject('in', found.items()) | list)
        ) }}
    {%- endif -%}
    {{ return(promised.keys() | list) }}
{%- endmacro %}


{# A condition on published rows: that their symbol changed, so that the candidates hold it. Of a table made of `bars`,
   what was prepared says that; a whole rebuild removes what it leaves out of dim_stock. #}
{% macro of_changed_symbols(table) -%}
    {%- set symbol_fingerprints, changed_bars = ref('symbol_fingerprints'), ref('changed_bars') -%}
    {%- if table.bars -%}
        {%- set gone = ' or published.symbol not in (select symbol from ' ~ ref('dim_stock_candidates') ~ ')' -%}
        {{ return(
            '(published.symbol in (select symbol from ' ~ changed_bars ~ ' where is_' ~ table.bars ~ '_changed)'
            ~ (gone if is_whole_rebuild() else '') ~ ')'
        ) }}
    {%- endif -%}
    {{ return(
        'true' if is_whole_rebuild()
        else 'published.symbol in (select symbol from ' ~ symbol_fingerprints ~ ' where is_changed)'
    ) }}
{%- endmacro %}
