"""The SQL of tutorials runs as printed, as either reading role, on daily bars; the id of a bar is its own for ever."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from include import steps
from include.local_stack.postgres import EmbeddedPostgres
from include.warehouse.connection import connect
from include.warehouse.readers import READERS
from tests.databases import create_database
from tests.integration.lakehouse import Lakehouse, new_lakehouse
from tests.integration.test_actions_migration import move
from tests.payloads import moment

DAILY = "daily_prices"
LATEST = """
-- View latest stock prices
SELECT symbol, data_date, close, volume
FROM public.stock_data
ORDER BY data_date DESC, symbol
LIMIT 20;
"""
AVERAGE = """
-- Calculate average closing price by symbol
SELECT symbol, 
       AVG(close) as avg_close,
       COUNT(*) as records
FROM public.stock_data
GROUP BY symbol;
"""
FRESHNESS = """
-- Check data freshness
SELECT symbol, 
       MAX(data_date) as last_update,
       MAX(fetched_at) as last_fetch
FROM public.stock_data
GROUP BY symbol;
"""
EVERY_BAR = "select id, symbol, data_date from public.stock_data order by symbol, data_date"
WHOLE_ROWS = """
select to_jsonb(bar) - 'loaded_at' - 'execution_batch_id' from silver.daily_prices as bar order by symbol, trade_date
"""


def daily(symbol: str, closes: dict[str, str]) -> bytes:
    """A daily payload in the source's layout."""
    rows = {
        day: {"1. open": close, "2. high": close, "3. low": close, "4. close": close, "5. volume": "1500"}
        for day, close in closes.items()
    }
    return json.dumps({"Meta Data": {"2. Symbol": symbol}, "Time Series (Daily)": rows}).encode()


@pytest.fixture
def lakehouse(postgres: EmbeddedPostgres, s3_environment: dict[str, str], tmp_path: Path) -> Iterator[Lakehouse]:
    """Two symbols with two sessions each."""
    with new_lakehouse(postgres, s3_environment, tmp_path, now=moment("2024-05-02")) as made:
        give(made, "IBM", {"2024-04-30": "166.2000", "2024-05-01": "164.4300"})
        give(made, "MSFT", {"2024-04-30": "389.3300", "2024-05-01": "394.9400"})
        yield made


def give(lakehouse: Lakehouse, symbol: str, closes: dict[str, str]) -> None:
    """Let the source say so now, and load it."""
    lakehouse.source.payloads["TIME_SERIES_DAILY", symbol] = daily(symbol, closes)
    assert lakehouse.run([symbol], dataset=DAILY, force=True).is_green


@pytest.mark.parametrize("role", READERS)
def test_the_queries_of_a_tutorial_run_as_printed(postgres: EmbeddedPostgres, lakehouse: Lakehouse, role: str) -> None:
    ibm, msft, fetched = Decimal("164.43"), Decimal("394.94"), datetime(2024, 5, 2, 12, tzinfo=UTC)
    with psycopg.connect(postgres.url(role, database_of(lakehouse))) as reader:
        latest = reader.execute(LATEST).fetchall()
        averages = sorted(reader.execute(AVERAGE).fetchall())
        fresh = sorted(reader.execute(FRESHNESS).fetchall())

    assert latest[:2] == [("IBM", date(2024, 5, 1), ibm, 1500), ("MSFT", date(2024, 5, 1), msft, 1500)]
    assert averages == [("IBM", Decimal("165.315"), 2), ("MSFT", Decimal("392.135"), 2)]
    assert fresh == [("IBM", date(2024, 5, 1), fetched), ("MSFT", date(2024, 5, 1), fetched)]


@pytest.mark.parametrize("role", READERS)
def test_prices_are_as_they_were_printed(postgres: EmbeddedPostgres, lakehouse: Lakehouse, role: str) -> None:
    with psycopg.connect(postgres.url(role, database_of(lakehouse))) as reader:
        rows = reader.execute("select * from public.stock_prices where symbol = 'IBM' order by trade_date").fetchall()
        columns = [column.name for column in reader.execute("select * from public.stock_data").description or ()]

    price = Decimal("166.2")
    assert rows[0] == ("IBM", date(2024, 4, 30), price, price, price, price, 1500)
    assert columns == ["id", "symbol", "data_date", "open", "high", "low", "close", "volume", "fetched_at"]


def test_a_bar_keeps_its_id_through_all_that_happens_to_it(lakehouse: Lakehouse) -> None:
    before = lakehouse.ask(EVERY_BAR)
    assert len({row[0] for row in before}) == 4

    lakehouse.source.now = moment("2024-05-03")
    # One session is restated, and the one before it is gone.
    give(lakehouse, "IBM", {"2024-04-29": "167.4300", "2024-05-01": "164.4400"})
    lakehouse.source.now = moment("2024-05-04")
    give(lakehouse, "IBM", {"2024-04-29": "167.4300", "2024-04-30": "166.2000", "2024-05-01": "164.4300"})

    after = lakehouse.ask(EVERY_BAR)
    assert len(after) == 5
    assert set(before) < set(after)


def test_silver_that_was_dropped_comes_back_with_the_same_ids(lakehouse: Lakehouse) -> None:
    ids, rows = lakehouse.ask(EVERY_BAR), lakehouse.ask(WHOLE_ROWS)
    with connect() as connection:
        connection.execute("truncate silver.daily_prices, silver.loaded_payloads")

    steps.replay("replay_bronze:run-1", symbols=["MSFT"])  # the other way round
    steps.replay("replay_bronze:run-2")

    assert len(rows) == 4
    assert lakehouse.ask(WHOLE_ROWS) == rows
    assert lakehouse.ask(EVERY_BAR) == ids


def test_bars_of_an_earlier_version_have_ids_too(postgres: EmbeddedPostgres) -> None:
    url = postgres.url("stocklake", create_database(postgres, "earlier"))
    move(url, command.upgrade, "0018")
    with psycopg.connect(url, autocommit=True) as warehouse:
        warehouse.execute("insert into ops.symbol_locks values ('MSFT')")
        warehouse.execute(
            "insert into silver.daily_prices (symbol, trade_date, close, bronze_key, execution_batch_id)"
            " values ('IBM', '2024-05-01', 164, 'fetched_at=20240502T120000.000000Z_ab', 'b'),"
            " ('MSFT', '2024-05-01', 394, 'fetched_at=20240502T120000.000000Z_ab', 'b')"
        )

        move(url, command.upgrade, "head")

        rows = warehouse.execute("select id % 100000, fetched_at, close from public.stock_data order by 3").fetchall()
        fetched, days = datetime(2024, 5, 2, 12, tzinfo=UTC), (date(2024, 5, 1) - date(1900, 1, 1)).days
        assert rows == [(days, fetched, 164), (days, fetched, 394)]
        assert warehouse.execute("select count(distinct id) from public.stock_data").fetchall() == [(2,)]


def database_of(lakehouse: Lakehouse) -> str:
    """The name of its database."""
    return str(conninfo_to_dict(lakehouse.gold.url)["dbname"])
