{# Fill a shadow table from the candidates. A row with the same content as the published one keeps its stamps, also where
   a column has another type or name now. #}
{% macro fill_shadow_table(node, candidates, key, columns, stamps) -%}
    {%- set published = api.Relation.create(node.database, node.schema, node.alias) -%}
    {%- set known = published_columns(node) -%}
    with compared as (
        -- Where the published table has no key yet, several of its rows may match one candidate.
        select distinct on ({{ prefixed('candidates', key) }})
            {{ prefixed('candidates', key) }},
            {%- for stamp in stamps %}
            cast({{ 'published.' ~ known[stamp].name if stamp in known else 'null' }} as {{ node.columns[stamp].data_type }})
                as {{ stamp }},
            {%- endfor %}
            {%- for column in columns %}
            {{ 'and ' if not loop.first }}{{ is_same(node.columns[column], known, 'is not distinct from') }}
            {%- endfor %} as is_unchanged
        from {{ candidates }} as candidates
        {%- if known %}
        inner join {{ published }} as published
            on {% for column in key %}{{ ' and ' if not loop.first }}{{ is_same(node.columns[column], known, '=') }}{% endfor %}
        {%- else %}
        where false
        {%- endif %}
        order by {{ prefixed('candidates', key) }}, is_unchanged desc
    ),

    inserted as (
        insert into {{ shadow_table(node) }} ({{ (columns + stamps.keys() | list) | join(', ') }})
        select
            {{ prefixed('candidates', columns) }}
            {%- for stamp, value in stamps.items() %},
            coalesce(case when compared.is_unchanged then compared.{{ stamp }} end, {{ value }})
            {%- endfor %}
        from {{ candidates }} as candidates
        left join compared using ({{ key | join(', ') }})
        returning 1
    )

    insert into publication_counts
    select
        '{{ node.name }}',
        (select count(*) from inserted) - count(*),
        count(*) filter (where not is_unchanged),
        {{ '(select count(*) from ' ~ published ~ ') - count(*)' if known else 0 }}
    from compared;
{%- endmacro %}


{% macro prefixed(table, columns) -%}
    {{ table }}.{{ columns | join(', ' ~ table ~ '.') }}
{%- endmacro %}


{# Compares a candidate's value with the published one, whose column may have another type: with Postgres' own operator
   where one type casts to the other implicitly (numeric and double precision), else as text, so that no cast fails on a
   value that does not fit. A column that the published table lacks counts as null. #}
{% macro is_same(column, known, operator) -%}
    {%- if column.name not in known -%}
        candidates.{{ column.name }} {{ operator }} cast(null as {{ column.data_type }})
    {%- elif is_comparable(known[column.name].type, column.data_type) -%}
        candidates.{{ column.name }} {{ operator }} published.{{ known[column.name].name }}
    {%- else -%}
        cast(candidates.{{ column.name }} as text) {{ operator }} cast(published.{{ known[column.name].name }} as text)
    {%- endif -%}
{%- endmacro %}


{% macro is_comparable(one_type, other_type) -%}
    {{ return(one_type == other_type or run_query(
        "select exists (
            select from pg_cast
            where castcontext = 'i' and (castsource, casttarget) in (
                ('" ~ one_type ~ "'::regtype, '" ~ other_type ~ "'::regtype),
                ('" ~ other_type ~ "'::regtype, '" ~ one_type ~ "'::regtype)
            )
        )"
    )[0][0]) }}
{%- endmacro %}


{# The published column of each column of the contract: its name there, its type and whether it is not null. Empty where
   the table does not exist. #}
{% macro published_columns(node) -%}
    {%- set present = {} -%}
    {%- for name, type, is_never_null in run_query(
        "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute
        where attrelid = to_regclass('" ~ node.schema ~ "." ~ node.alias ~ "') and attnum > 0 and not attisdropped"
    ).rows -%}
        {%- do present.update({name: {'name': name, 'type': type, 'is_never_null': is_never_null}}) -%}
    {%- endfor -%}
    {%- set known = {} -%}
    {%- for column in node.columns.values() -%}
        {%- set name = column.name if column.name in present else column.config.meta.renamed_from -%}
        {%- if name in present -%}
            {%- do known.update({column.name: present[name]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(known) }}
{%- endmacro %}


{% macro rename_columns(node) -%}
    {%- for column, published in published_columns(node).items() if published.name != column %}
        alter table {{ node.schema }}.{{ node.alias }} rename column {{ published.name }} to {{ column }};
    {%- endfor %}
{%- endmacro %}
