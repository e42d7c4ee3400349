"""A field that cannot be believed is null.

Revision ID: 0007
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Postgres changes no type under a view, so the views over these tables (dbt's, and what people built on them) are
# taken away and made again from their own text.
REMEMBER_VIEWS = """
create temporary table dependent_views on commit drop as
with recursive dependent_views as (
    select unnest(array['silver.weekly_adjusted_prices', 'silver.daily_prices']::regclass[])::oid as oid, 0 as depth
    union
    select rule.ev_class, dependent_views.depth + 1
    from dependent_views
    inner join pg_depend as dependency
        on dependency.refclassid = 'pg_class'::regclass and dependency.refobjid = dependent_views.oid
        and dependency.classid = 'pg_rewrite'::regclass
    inner join pg_rewrite as rule on rule.oid = dependency.objid and rule.ev_class <> dependent_views.oid
)
select oid::regclass::text as view_name, max(depth) as depth, pg_get_viewdef(oid) as definition
from dependent_views where depth > 0 group by oid;
"""
DROP_VIEWS = """
do $$ declare view_name text; begin
    for view_name in select saved.view_name from dependent_views as saved order by depth desc loop
        execute 'drop view ' || view_name;
    end loop;
end $$;
"""
CREATE_VIEWS = """
do $$ declare view_name text; definition text; begin
    for view_name, definition in
        select saved.view_name, saved.definition from dependent_views as saved order by depth
    loop
        execute 'create view ' || view_name || ' as ' || definition;
    end loop;
end $$;
"""
FIELDS = """
alter table silver.weekly_adjusted_prices
    alter column open drop not null,
    alter column high drop not null,
    alter column low drop not null,
    alter column adjusted_close drop not null,
    alter column volume drop not null,
    alter column volume type numeric,
    alter column dividend_amount drop not null,
    add column inferred_adjusted_close numeric,
    add column has_rejected_fields boolean not null default false;
comment on column silver.weekly_adjusted_prices.inferred_adjusted_close is
    'Where adjusted_close is null: close times the factor of the week before, grown by the week''s dividend; else null';
comment on column silver.weekly_adjusted_prices.has_rejected_fields is
    'A field of the week could not be believed or was not told: it is null here, its text is in rejected_rows';

alter table silver.daily_prices
    alter column open drop not null,
    alter column high drop not null,
    alter column low drop not null,
    alter column volume drop not null,
    alter column volume type numeric,
    add column has_rejected_fields boolean not null default false;
comment on column silver.daily_prices.has_rejected_fields is
    'A field of the day could not be believed or was not told: it is null here, its text is in rejected_rows';

alter table silver.rejected_rows
    drop constraint rejected_rows_pkey,
    add column field text,
    add constraint rejected_rows_key unique nulls not distinct (bronze_key, row_number, field);
comment on column silver.rejected_rows.field is
    'The field that is null in silver while its row was kept; null where the whole row was rejected';
comment on table silver.rejected_rows is
    'Rows and fields of an answer that could not be believed, with the raw text of the row and the reason. '
    'Grain: one row per object, row and field.';

alter table silver.restatements
    alter column old_adjusted_close drop not null,
    alter column new_adjusted_close drop not null;
"""
# What the older tables cannot hold goes; all of it comes from bronze.
OLDER_FIELDS = """
delete from silver.weekly_adjusted_prices where has_rejected_fields or volume <> trunc(volume) or volume >= 1e18;
delete from silver.daily_prices where has_rejected_fields or volume <> trunc(volume) or volume >= 1e18;
delete from silver.rejected_rows where field is not null;
delete from silver.restatements where old_adjusted_close is null or new_adjusted_close is null;
alter table silver.weekly_adjusted_prices
    alter column open set not null,
    alter column high set not null,
    alter column low set not null,
    alter column adjusted_close set not null,
    alter column volume set not null,
    alter column volume type bigint,
    alter column dividend_amount set not null,
    drop column inferred_adjusted_close,
    drop column has_rejected_fields;
alter table silver.daily_prices
    alter column open set not null,
    alter column high set not null,
    alter column low set not null,
    alter column volume set not null,
    alter column volume type bigint,
    drop column has_rejected_fields;
alter table silver.rejected_rows
    drop constraint rejected_rows_key,
    drop column field,
    add primary key (bronze_key, row_number);
alter table silver.restatements
    alter column old_adjusted_close set not null,
    alter column new_adjusted_close set not null;
"""


def upgrade() -> None:
    """Make room for null fields and for any volume."""
    for statements in (REMEMBER_VIEWS, DROP_VIEWS, FIELDS, CREATE_VIEWS):
        op.execute(statements)


def downgrade() -> None:
    """Weeks with a null field are gone until a replay; the next build makes dbt's views again."""
    for statements in (REMEMBER_VIEWS, DROP_VIEWS, OLDER_FIELDS):
        op.execute(statements)
