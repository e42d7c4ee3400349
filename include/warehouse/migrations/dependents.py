"""What people built on a table, set aside while the table changes.

Postgres changes no type of a column that a view reads, and drops no table that a view or a foreign key stands on. So
both are taken away within the transaction and made again from their own text: with their owner, their grants and
their comments. What no longer fits stops the change with its name: nothing that a user made is lost in silence.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op

# dbt makes these views at every build: one that reads what is gone is not worth stopping for.
MADE_BY_DBT = ("staging",)

FUNCTIONS = """
create or replace function ops.set_aside_dependents(tables regclass[]) returns void language plpgsql as $function$
declare
    found record;
begin
    create temporary table set_aside on commit drop as
    with recursive dependents as (
        select unnest(tables)::oid as oid, 0 as depth
        union
        select rule.ev_class, dependents.depth + 1
        from dependents
        inner join pg_depend as dependency
            on dependency.refclassid = 'pg_class'::regclass and dependency.refobjid = dependents.oid
            and dependency.classid = 'pg_rewrite'::regclass
        inner join pg_rewrite as rule on rule.oid = dependency.objid and rule.ev_class <> dependents.oid
    ),
    views as (
        select
            class.oid,
            max(dependents.depth) as depth,
            case class.relkind when 'm' then 'materialized view' else 'view' end as kind,
            namespace.nspname as schema_name,
            format('%I.%I', namespace.nspname, class.relname) as name,
            class.relowner as owner,
            class.relacl as grants,
            class.reloptions as options,
            class.relispopulated as is_populated
        from dependents
        inner join pg_class as class on class.oid = dependents.oid and class.relkind in ('v', 'm')
        inner join pg_namespace as namespace on namespace.oid = class.relnamespace
        group by class.oid, namespace.nspname
    )
    select
        depth,
        kind,
        schema_name,
        name,
        owner,
        format('drop %s %s', kind, name) as take_away,
        concat_ws(
            '; ',
            concat(
                format('create %s %s', kind, name),
                ' with (' || array_to_string(options, ', ') || ')',
                ' as ' || rtrim(pg_get_viewdef(oid), '; '),
                case when not is_populated then ' with no data' end
            ),
            (select string_agg(pg_get_indexdef(indexrelid), '; ') from pg_index where indrelid = views.oid),
            (
                select string_agg(
                    case
                        when objsubid = 0 then format('comment on %s %s is %L', kind, name, description)
                        else format('comment on column %s.%I is %L', name, attname, description)
                    end,
                    '; '
                )
                from pg_description
                left join pg_attribute on attrelid = objoid and attnum = objsubid
                where classoid = 'pg_class'::regclass and objoid = views.oid
            ),
            (
                select string_agg(
                    format(
                        'grant %s%s on %s to %s%s',
                        granted.privilege_type,
                        ' (' || quote_ident(granted.attname) || ')',
                        name,
                        case when granted.grantee = 0 then 'public' else granted.grantee::regrole::text end,
                        case when granted.is_grantable then ' with grant option' end
                    ),
                    '; '
                )
                from (
                    select null as attname, whole.* from aclexplode(views.grants) as whole
                    union all
                    select attname, part.* from pg_attribute cross join aclexplode(attacl) as part
                    where attrelid = views.oid
                ) as granted
                where granted.grantee <> views.owner
            ),
            -- Last: the others are for the owner of now to say.
            case when owner <> current_user::regrole then format('alter %s %s owner to %s', kind, name, owner::regrole) end
        ) as bring_back
    from views
    union all
    select
        0,
        'foreign key',
        null,
        format('%I of %s', conname, conrelid::regclass),
        relowner,
        format('alter table %s drop constraint %I', conrelid::regclass, conname),
        format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid))
    from pg_constraint
    inner join pg_class on pg_class.oid = conrelid
    where contype = 'f' and conparentid = 0 and confrelid = any (tables) and conrelid <> all (tables);

    for found in select * from set_aside order by depth desc, kind <> 'foreign key' loop
        if not pg_has_role(current_user, found.owner, 'set') then
            raise exception 'the % % belongs to %, so it cannot follow the changed table. Its owner drops it, and makes '
                'it again after the next run', found.kind, found.name, found.owner::regrole;
        end if;
    end loop;
    for found in select * from set_aside order by kind <> 'foreign key', depth desc loop
        execute found.take_away;
    end loop;
end
$function$;
comment on function ops.set_aside_dependents is
    'Takes away the views and foreign keys that stand on these tables, until ops.bring_back_dependents()';

create or replace function ops.bring_back_dependents(dispensable_schemas text[] default '{}') returns void
language plpgsql as $function$
declare
    found record;
begin
    for found in select * from set_aside order by depth loop
        begin
            execute found.bring_back;
        exception when others then
            continue when found.schema_name = any (dispensable_schemas);
            raise exception 'the % % does not fit the changed table: %. Nothing was changed; change or drop it, then '
                'run again', found.kind, found.name, sqlerrm;
        end;
    end loop;
    drop table set_aside;
end
$function$;
comment on function ops.bring_back_dependents is
    'Makes again what ops.set_aside_dependents took away; what no longer fits stops the transaction with its name';

revoke all on function ops.set_aside_dependents, ops.bring_back_dependents from public;
"""


@contextmanager
def dependents_set_aside(*tables: str) -> Iterator[None]:
    """Within the block of a migration, no view and no outer foreign key stands on these tables.

    Raises: an error of the database that names what does not fit the tables afterwards, or belongs to another role.
    """
    named = ", ".join(f"'{table}'" for table in tables)
    dispensable = ", ".join(f"'{schema}'" for schema in MADE_BY_DBT)
    op.execute(FUNCTIONS)
    op.execute(f"select ops.set_aside_dependents(array[{named}]::regclass[])")
    yield
    op.execute(f"select ops.bring_back_dependents(array[{dispensable}])")
