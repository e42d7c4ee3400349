"""Reading gold for many viewers at once."""

import socket
import threading
import time
from collections.abc import Callable

import polars as pl
import psycopg
import pytest

from dashboards import reader
from dashboards.reader import WarehouseDown, WarehouseUnreadable
from include.settings import LOOPBACK
from tests.dashboards.gold_warehouse import Warehouse


@pytest.fixture
def connected(read_from: Callable[[Warehouse], None], warehouse: Warehouse) -> Warehouse:
    read_from(warehouse)
    return warehouse


@pytest.mark.usefixtures("connected")
def test_the_pages_read_as_reader_and_cannot_write() -> None:
    assert reader.read("select current_user::text as name").item() == "reader"
    with pytest.raises(WarehouseUnreadable, match=r"permission denied|read-only"):
        reader.read("delete from gold.publications returning execution_batch_id")


@pytest.mark.usefixtures("connected")
def test_a_statement_that_cannot_run_gives_the_words_of_postgres() -> None:
    with pytest.raises(WarehouseUnreadable, match=r'relation "gold\.nothing" does not exist'):
        reader.read("select 1 as one from gold.nothing")


def test_a_server_that_is_gone_is_noticed_at_once(read_from: Callable[[Warehouse], None]) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    read_from(Warehouse("postgresql://nobody@127.0.0.1/x", f"postgresql://reader:x@{LOOPBACK}:{port}/stocks_dwh"))

    with pytest.raises(WarehouseDown):
        reader.read("select 1 as one")


def test_a_server_that_says_nothing_is_given_two_seconds(read_from: Callable[[Warehouse], None]) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        port = silent.getsockname()[1]
        read_from(Warehouse("postgresql://nobody@127.0.0.1/x", f"postgresql://reader:x@{LOOPBACK}:{port}/stocks_dwh"))
        started = time.monotonic()
        with pytest.raises(WarehouseDown):
            reader.read("select 1 as one")

    assert time.monotonic() - started < 5


def test_twenty_viewers_take_eight_connections_at_most(connected: Warehouse) -> None:
    frames: list[pl.DataFrame] = []
    viewers = [
        threading.Thread(target=lambda: frames.append(reader.read("select 1 as one from pg_sleep(0.1)")))
        for _ in range(20)
    ]
    busiest = 0
    with psycopg.connect(connected.url, autocommit=True) as watcher:
        for viewer in viewers:
            viewer.start()
        while any(viewer.is_alive() for viewer in viewers):
            row = watcher.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and usename = 'reader'"
            ).fetchone()
            assert row
            busiest = max(busiest, row[0])

    assert len(frames) == 20
    assert 1 < busiest <= reader.READS_AT_ONCE


@pytest.mark.usefixtures("connected")
def test_an_answer_is_remembered_until_the_next_publication() -> None:
    question = "select clock_timestamp()::text as moment"

    first = reader.read_published(question, version="batch 1")
    assert reader.read_published(question, version="batch 1").equals(first)
    assert not reader.read_published(question, version="batch 2").equals(first)
