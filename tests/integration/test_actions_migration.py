"""Revision 0015 on a warehouse in use: splits become whole numbers, and views over them stay."""

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from include.local_stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import MIGRATIONS
from tests.databases import create_database

BEFORE, AFTER = "0014", "0015"
WEEK = """
    insert into silver.weekly_adjusted_prices (
        symbol, week_ending, price_date, close, split_factor, dividend_amount, dividend_per_share, is_special_dividend,
        is_complete_week, bronze_key, execution_batch_id
    ) values (%s, '2024-01-05', '2024-01-05', 2, %s, 3, 3, %s, true, 'key', 'batch')
"""
SPLITS = [("A", "1"), ("B", "2"), ("C", "0.066666666667"), ("D", "1.5"), ("E", "0.004")]


@pytest.fixture
def warehouse(postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """A database of the revision before, with splits and a view over them."""
    url = postgres.url("stocklake", create_database(postgres, "migrated"))
    move(url, command.upgrade, BEFORE)
    with psycopg.connect(url, autocommit=True) as connection:
        for symbol, split in SPLITS:
            connection.execute(WEEK.encode(), (symbol, split, symbol == "B"))
        connection.execute(
            "create view public.splits as select symbol, split_factor, is_special_dividend"
            " from silver.weekly_adjusted_prices"
        )
        yield connection


def move(url: str, direction: object, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connect"] = partial(psycopg.connect, url)
    direction(config, revision)  # type: ignore[operator]  # Alembic's upgrade or downgrade


def url_of(warehouse: psycopg.Connection) -> str:
    info = warehouse.info
    return f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"


def test_splits_become_whole_numbers_and_a_view_over_them_stays(warehouse: psycopg.Connection) -> None:
    move(url_of(warehouse), command.upgrade, AFTER)

    columns = "split_to, split_from, special_dividend_per_share::int, total_return_factor"
    rows = warehouse.execute(f"select {columns} from silver.weekly_adjusted_prices order by symbol".encode()).fetchall()
    assert rows == [(1, 1, 0, None), (2, 1, 3, None), (1, 15, 0, None), (3, 2, 0, None), (1, 250, 0, None)]
    seen = warehouse.execute("select symbol, round(split_factor, 9), is_special_dividend from splits order by 1")
    assert [(symbol, float(split), special) for symbol, split, special in seen] == [
        ("A", 1, False),
        ("B", 2, True),
        ("C", 0.066666667, False),
        ("D", 1.5, False),
        ("E", 0.004, False),
    ]


def test_the_revision_before_has_its_columns_again(warehouse: psycopg.Connection) -> None:
    move(url_of(warehouse), command.upgrade, AFTER)

    move(url_of(warehouse), command.downgrade, BEFORE)

    warehouse.execute(WEEK.encode(), ("F", "7", True))
    assert warehouse.execute(
        "select split_factor::int, is_special_dividend from splits where symbol = 'F'"
    ).fetchall() == [(7, True)]
    assert warehouse.execute("select split_factor::float8 from splits where symbol = 'D'").fetchall() == [(1.5,)]
