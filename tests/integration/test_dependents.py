"""A migration changes a table under the views and foreign keys that stand on it, and none of them is lost."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.warehouse.migrate import migrate
from include.warehouse.migrations.dependents import dependents_set_aside
from tests.databases import create_database

PRICES = "silver.weekly_adjusted_prices"
BUILT_ON_PRICES = f"""
create view staging.stg_prices with (security_barrier=true) as
select symbol, volume, close * 2 as "Double" from {PRICES};
comment on view staging.stg_prices is 'What dbt makes; 100 %';
comment on column staging.stg_prices."Double" is 'It''s twice the close';
create schema mine;
create view mine."Big weeks" as select symbol, volume from staging.stg_prices where symbol > 'A';
grant select on mine."Big weeks" to analyst with grant option;
grant select (volume) on mine."Big weeks" to public;
create materialized view mine.totals as select symbol, sum(volume) as volume from mine."Big weeks" group by symbol;
create unique index totals_by_symbol on mine.totals (symbol);
create table mine.notes (
    symbol text, week_ending date,
    constraint "to prices" foreign key (symbol, week_ending) references {PRICES} on delete cascade
)
"""
WHAT_IS_THERE = """
select class.oid::regclass::text, relkind::text, relacl::text, reloptions::text, pg_get_viewdef(class.oid) as text,
    obj_description(class.oid), col_description(class.oid, 3), (
        select string_agg(attacl::text, ' ') from pg_attribute where attrelid = class.oid
    ), (select string_agg(pg_get_indexdef(indexrelid), ' ') from pg_index where indrelid = class.oid)
from pg_class as class
where relnamespace::regnamespace::text in ('mine', 'staging') and relkind in ('v', 'm')
union all
select conname, contype::text, pg_get_constraintdef(oid), null, null, null, null, null, null
from pg_constraint where connamespace = 'mine'::regnamespace and contype = 'f'
order by 1
"""


@pytest.fixture
def warehouse(postgres: EmbeddedPostgres) -> Iterator[Connection]:
    """A migrated database of this test's own, with views and a foreign key on the weekly prices."""
    name = create_database(postgres, "dependents")
    migrate(postgres.url("stocklake", name))
    engine = create_engine(postgres.url("stocklake", name).replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection, Operations.context(MigrationContext.configure(connection)):
        connection.execute(text(BUILT_ON_PRICES))
        connection.commit()
        yield connection
    engine.dispose()


def test_a_type_changes_under_views_and_all_of_them_are_as_before(warehouse: Connection):
    before = warehouse.execute(text(WHAT_IS_THERE)).fetchall()
    assert len(before) == 4

    with dependents_set_aside(PRICES, "silver.daily_prices"):
        warehouse.execute(text(f"alter table {PRICES} alter column volume type numeric"))
    warehouse.commit()

    assert warehouse.execute(text(WHAT_IS_THERE)).fetchall() == before
    assert warehouse.execute(text('select pg_typeof(max(volume)) from mine."Big weeks"')).scalar() == "numeric"


def test_two_changes_fit_into_one_transaction(warehouse: Connection):
    for type_name in ("numeric", "bigint"):
        with dependents_set_aside(PRICES):
            warehouse.execute(text(f"alter table {PRICES} alter column volume type {type_name}"))

    assert len(warehouse.execute(text(WHAT_IS_THERE)).fetchall()) == 4


def test_a_view_that_no_longer_fits_stops_the_change_with_its_name(warehouse: Connection):
    before = warehouse.execute(text(WHAT_IS_THERE)).fetchall()
    warehouse.execute(text(f"create view mine.opens as select open from {PRICES}"))
    warehouse.commit()

    with (
        pytest.raises(DBAPIError, match=r"the view mine\.opens does not fit .* does not exist.* drop it"),
        dependents_set_aside(PRICES),
    ):
        warehouse.execute(text(f"alter table {PRICES} drop column open"))
    warehouse.rollback()

    assert set(before) < set(warehouse.execute(text(WHAT_IS_THERE)).fetchall())


def test_a_view_that_dbt_makes_at_every_build_may_go(warehouse: Connection):
    warehouse.execute(text("drop view staging.stg_prices cascade"))
    warehouse.execute(text(f"create view staging.stg_opens as select open from {PRICES}"))

    with dependents_set_aside(PRICES):
        warehouse.execute(text(f"alter table {PRICES} drop column open"))
    warehouse.commit()

    assert warehouse.execute(text("select to_regclass('staging.stg_opens')")).scalar() is None


def test_a_view_of_another_role_is_left_alone_and_named(warehouse: Connection, postgres: EmbeddedPostgres):
    database = warehouse.engine.url.database
    with psycopg.connect(postgres.url(ADMIN, str(database)), autocommit=True) as admin:
        admin.execute(f"create view public.of_the_admin as select symbol from {PRICES}".encode())

    with (
        pytest.raises(DBAPIError, match=r"the view public\.of_the_admin belongs to postgres"),
        dependents_set_aside(PRICES),
    ):
        pass
