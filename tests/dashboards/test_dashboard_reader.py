"""Reading gold for many viewers at once."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import LiteralString

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from dashboards import reader
from dashboards.queries.publication import newest_publication
from dashboards.reader import WarehouseDown, WarehouseUnreadable
from include.settings import LOOPBACK
from tests.benchmarks import dashboard
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


TYPES = """
    select 1::int2 as a, 2::int4 as b, 3::int8 as c, 1.5::float4 as d, 2.5::float8 as e, 3.25::numeric(10, 4) as f,
        'text' as g, date '2013-03-01' as h, timestamptz '2013-03-01 21:00Z' as i, timestamp '2013-03-01' as j,
        true as k, count(*) as l, array['a', 'b'] as m, array[1.5] as n, current_user as o, null as p,
        null::numeric as q, sum(1::int8) as r, 'x'::char as s, '%%' as t
"""


@pytest.mark.parametrize("statement", [TYPES, f"select * from ({TYPES}) as typed where not k"], ids=["row", "no row"])
def test_what_connectorx_cannot_take_is_read_otherwise_into_the_same_frame(
    read_from: Callable[[Warehouse], None], warehouse: Warehouse, statement: LiteralString
) -> None:
    read_from(warehouse)
    by_connectorx = reader.read(statement)
    read_from(replace(warehouse, reader_url=f"{warehouse.reader_url}?gssencmode=disable"))

    assert_frame_equal(reader.read(statement), by_connectorx)


@pytest.mark.parametrize("page", dashboard.PAGES.values(), ids=dashboard.PAGES)
def test_a_page_reads_the_same_either_way(
    read_from: Callable[[Warehouse], None], warehouse: Warehouse, page: dashboard.Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[pl.DataFrame] = []
    read_one = reader._read
    monkeypatch.setattr(reader, "_read", lambda *question: read.append(read_one(*question)) or read[-1])
    for query in ("", "?gssencmode=disable"):
        read_from(replace(warehouse, reader_url=warehouse.reader_url + query))
        newest = newest_publication()
        assert newest
        page(newest, ["AAPL", "IBM"])

    half = len(read) // 2
    assert half > 1
    for one, other in zip(read[:half], read[half:], strict=True):
        assert_frame_equal(one, other)


@pytest.mark.parametrize("query", ["", "?gssencmode=disable"])
def test_a_statement_that_takes_too_long_is_ended(
    read_from: Callable[[Warehouse], None], warehouse: Warehouse, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "STATEMENT_SECONDS", 1)
    read_from(replace(warehouse, reader_url=warehouse.reader_url + query))

    with pytest.raises(WarehouseUnreadable, match="statement timeout"):
        reader.read("select pg_sleep(5)::text as slept")


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
