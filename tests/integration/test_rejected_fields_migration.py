"""Revision 0007 on a warehouse that is in use: its rows stay, and so do the views over them."""

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from include.local_stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import MIGRATIONS
from tests.databases import create_database

BEFORE, AFTER = "0006", "0007"
WEEK = """
    insert into silver.weekly_adjusted_prices (
        symbol, week_ending, price_date, open, high, low, close, adjusted_close, volume, dividend_amount,
        is_complete_week, bronze_key, execution_batch_id
    ) values ('IBM', '2024-01-05', '2024-01-05', 1, 2, 1, 2, 2, 1000, 0, true, 'key', 'batch')
"""
REJECTED = """
    insert into silver.rejected_rows (bronze_key, row_number, function, symbol, raw_values, reason, execution_batch_id)
    values ('key', 1, 'f', 'IBM', '{}', 'zero low', 'batch')
"""


@pytest.fixture
def warehouse(postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """A database of the revision before, with a week, a rejected row, and a view upon a view upon a view."""
    url = postgres.url("stocklake", create_database(postgres, "migrated"))
    move(url, BEFORE)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(WEEK)
        connection.execute(REJECTED)
        connection.execute("create view staging.weeks as select symbol, volume as v from silver.weekly_adjusted_prices")
        connection.execute("create view staging.days as select volume as v from silver.daily_prices")
        connection.execute("create view public.volumes as select symbol, v from staging.weeks")
        connection.execute(
            "create view public.all_volumes as select v from volumes union all select v from staging.days"
        )
        yield connection


def move(url: str, revision: str) -> None:
    """Bring a database up to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connect"] = partial(psycopg.connect, url)
    command.upgrade(config, revision)


def url_of(warehouse: psycopg.Connection) -> str:
    info = warehouse.info
    return f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"


def test_rows_and_views_stay_and_nulls_find_room(warehouse: psycopg.Connection) -> None:
    move(url_of(warehouse), AFTER)

    assert warehouse.execute("select symbol, v from public.volumes").fetchall() == [("IBM", 1000)]
    assert warehouse.execute("select v from public.all_volumes").fetchall() == [(1000,)]
    warehouse.execute("update silver.weekly_adjusted_prices set low = null, volume = 12345678901234567890.5")
    assert str(warehouse.execute("select v from public.all_volumes").fetchall()[0][0]) == "12345678901234567890.5"


def test_a_row_may_be_rejected_once_as_a_whole_and_once_per_field(warehouse: psycopg.Connection) -> None:
    move(url_of(warehouse), AFTER)
    insert = REJECTED.replace("reason,", "reason, field,").replace("'zero low',", "'zero low', %s,")

    for field in ("low", "high"):
        warehouse.execute(insert.encode(), [field])

    assert warehouse.execute("select count(*) from silver.rejected_rows").fetchone() == (3,)
    for field in ("low", None):
        with pytest.raises(psycopg.errors.UniqueViolation):
            warehouse.execute(insert.encode(), [field])
