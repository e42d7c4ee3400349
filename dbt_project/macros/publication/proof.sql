{# How a publication knows that its candidates are whole, and are the ones that this build checked.

   Candidates are unlogged: after a crash Postgres empties them, under the same oid and file, and dbt goes on with a
   new connection. So each build (one invocation of dbt) leaves two traces, which the publication compares:

   audit.current_build     unlogged, one row, written before the first candidate. A crash empties it together with the
                           candidates; another build replaces it; the report of a run that published nothing deletes it.
                           Its row proves that there was no crash and no other build since, and that this build was not
                           reported as failed.
   audit.built_candidates  logged, one row per candidate, written in the transaction that makes it. The same invocation
                           and oid prove that this is the table whose checks this invocation ran, because dbt runs a
                           model and its checks once per invocation. The row count proves that it was not emptied since. #}
{% macro begin_build() -%}
    {%- if execute and flags.WHICH in ['build', 'run'] -%}
        create unlogged table if not exists audit.current_build (
            invocation_id text primary key, execution_batch_id text not null, started_at timestamptz not null
        );
        comment on table audit.current_build is
            'The build of gold that began last. Unlogged: a crash empties it together with the candidates. One row.';
        create table if not exists audit.built_candidates (
            candidate text primary key, relation_oid oid not null, row_count bigint not null, invocation_id text not null
        );
        comment on table audit.built_candidates is
            'What each table of candidates was when dbt made it. Grain: one row per table of candidates.';
        delete from audit.current_build;
        insert into audit.current_build (invocation_id, execution_batch_id, started_at)
        values ('{{ invocation_id }}', {{ execution_batch_id() }}, now());
        commit; -- dbt leaves its hooks' transaction open and then closes the connection
    {%- endif -%}
{%- endmacro %}


{# The post-hook of every candidate, within the transaction that makes it: statistics, because the next model is planned
   before autovacuum comes by; the trace of this build; and no autovacuum, which the publication's lock would wait for
   until the owner's deadlock_timeout (include/warehouse/roles.py) lets Postgres cancel it. #}
{% macro complete_candidate() -%}
    {%- if execute and model.config.materialized == 'table' -%}
    analyze {{ this }};
    insert into audit.built_candidates (candidate, relation_oid, row_count, invocation_id)
    values (
        '{{ this.schema }}.{{ this.identifier }}',
        '{{ this }}'::regclass,
        {{ load_result('main').response.rows_affected }},
        '{{ invocation_id }}'
    )
    on conflict (candidate) do update set
        relation_oid = excluded.relation_oid,
        row_count = excluded.row_count,
        invocation_id = excluded.invocation_id;
    alter table {{ this }} set (autovacuum_enabled = false);
    {%- endif -%}
{%- endmacro %}


{# Part of the publication's transaction: the lock keeps the candidates as they are until it ends. #}
{% macro prove_candidates() -%}
    {%- set candidates = unlogged_tables() %}
    lock table {{ candidates | join(', ') }} in share mode;
    create temporary table found_candidates on commit drop as
    {%- for candidate in candidates %}
    select
        '{{ candidate }}' as candidate,
        '{{ candidate }}'::regclass::oid as relation_oid,
        (select count(*) from {{ candidate }}) as row_count
    {{- ' union all' if not loop.last else ';' }}
    {%- endfor %}
    do $proof$
    declare
        build audit.current_build;
        unproved text;
        reason text;
    begin
        select * into build from audit.current_build for share; -- who ends this build waits for the commit
        select string_agg(
            case
                when built.invocation_id is distinct from '{{ invocation_id }}' or built.relation_oid <> found.relation_oid
                    then found.candidate || ' was made by another build than the one that checked it'
                else format('%s holds %s rows and was made with %s', found.candidate, found.row_count, built.row_count)
            end,
            ', ' order by found.candidate
        )
        into unproved
        from found_candidates as found
        left join audit.built_candidates as built using (candidate)
        where
            (built.invocation_id, built.relation_oid, built.row_count)
            is distinct from ('{{ invocation_id }}', found.relation_oid, found.row_count);
        reason := case
            when build is null
                then 'audit.current_build has no row: the database server crashed during this build, which '
                    || 'empties the candidates, or the run of this build was reported as over'
            when build.invocation_id <> '{{ invocation_id }}'
                then format('another build (%s) began at %s', build.execution_batch_id, build.started_at)
            when unproved is not null then 'its candidates are not those that were checked'
        end;
        if reason is not null then
            raise exception using message = 'nothing was published: ' || concat_ws(': ', reason, unproved)
                || '. What changed still counts as changed, and the next run publishes it: make run (or make dbt-run)';
        end if;
    end
    $proof$;
{%- endmacro %}


{# The tables that a crash empties; sorted, so that two builds lock them in the same order. #}
{% macro unlogged_tables() -%}
    {%- set tables = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.config.get('unlogged') and node.config.materialized == 'table' -%}
        {%- do tables.append(node.schema ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    {{ return(tables | sort) }}
{%- endmacro %}
