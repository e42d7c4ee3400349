"""Runs that go on at the same time ask for one publication, and it waits for them a while."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from include import steps
from include.observability import publication_requests
from include.observability.publication_requests import request_publication, take_requests
from include.observability.runs import close_run, open_run
from include.warehouse.connection import connect
from tests.market_server import MarketServer
from tests.payloads import moment

OVERVIEW = "company_overview:1"
WEEKLY, DAILY, GOLD = "weekly_adjusted_prices", "daily_prices", "gold_star_schema"


@pytest.fixture
def connection(warehouse_url: str) -> Iterator[psycopg.Connection]:
    with connect(warehouse_url) as opened:
        yield opened


def asks(connection: psycopg.Connection, batch: str) -> bool:
    told = request_publication(connection, batch)
    connection.commit()
    return told


def test_one_of_several_batches_asks_until_the_publication_begins(connection: psycopg.Connection) -> None:
    assert [asks(connection, batch) for batch in ("a:1", "b:1", "a:1", "c:1")] == [True, False, True, False]

    take_requests(connection, ["a:1"])

    assert [asks(connection, batch) for batch in ("b:1", "a:1")] == [True, False]


@pytest.mark.usefixtures("shared_market")
def test_a_publication_bears_the_batches_of_its_weeks_and_of_its_days() -> None:
    def load(dataset: str) -> None:
        batch = f"{dataset}:1"
        for group in steps.plan(dataset, batch, symbols=["IBM"]):
            steps.fetch(dataset, group, batch)
            steps.normalize(dataset, group, batch)
        steps.report(dataset, batch)

    def batches() -> list[object]:
        variables = steps.begin_publication(f"{GOLD}:1", [OVERVIEW]).dbt_variables
        return [variables["execution_batch_id"], variables["daily_batch_id"]]

    assert batches() == [OVERVIEW, OVERVIEW]
    load("dividends")
    assert batches() == [OVERVIEW, "dividends:1"]
    load(WEEKLY)
    load(DAILY)
    load("splits")
    assert batches() == [f"{WEEKLY}:1", f"{DAILY}:1"]


def test_a_request_that_nothing_followed_is_forgotten(connection: psycopg.Connection) -> None:
    asks(connection, "a:1")
    connection.execute("update ops.publication_requests set requested_at = requested_at - interval '11 minutes'")

    assert asks(connection, "b:1")


def test_two_that_ask_at_the_same_moment_ask_once(connection: psycopg.Connection, warehouse_url: str) -> None:
    assert request_publication(connection, "a:1")
    answers: list[bool] = []

    def ask() -> None:
        with connect(warehouse_url) as other:
            answers.append(request_publication(other, "b:1"))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.3)
    assert answers == []
    connection.commit()
    asking.join(timeout=10)

    assert answers == [False]


@pytest.mark.parametrize("is_ended", [True, False])
def test_a_publication_waits_for_the_batches_under_way_but_not_for_ever(
    connection: psycopg.Connection, warehouse_url: str, monkeypatch: pytest.MonkeyPatch, *, is_ended: bool
) -> None:
    monkeypatch.setattr(publication_requests, "LONGEST_WAIT_SECONDS", 30.0 if is_ended else 1.0)
    for batch in (f"{WEEKLY}:1", f"{DAILY}:1", f"{GOLD}:1"):
        open_run(connection, batch, market_at=moment("2013-03-02"))
    connection.commit()

    def end() -> None:
        with connect(warehouse_url) as other:
            close_run(other, f"{DAILY}:1")

    began = time.monotonic()
    ending = threading.Timer(1.0, end if is_ended else lambda: None)
    ending.start()
    take_requests(connection, [f"{WEEKLY}:1"])
    ending.join()

    assert 0.9 < time.monotonic() - began < 10


def test_a_publication_that_nobody_else_runs_beside_begins_at_once(connection: psycopg.Connection) -> None:
    open_run(connection, f"{WEEKLY}:1", market_at=moment("2013-03-02"))
    open_run(connection, "replay_bronze:shell__1", market_at=moment("2013-03-02"))
    began = time.monotonic()

    take_requests(connection, [f"{WEEKLY}:1"])

    assert time.monotonic() - began < 0.5


def test_a_run_beside_another_leaves_its_rows_to_the_publication_that_was_asked_for(
    shared_market: MarketServer,
) -> None:
    told = [_load(WEEKLY, "weekly_adjusted_prices:1", ["IBM"]), _load(DAILY, "stock_data_pipeline:1", ["IBM"])]
    assert told[0] > 0
    assert told[1] == 0

    with connect() as connection:
        take_requests(connection, ["weekly_adjusted_prices:1", "stock_data_pipeline:1"])

    assert _load(DAILY, "stock_data_pipeline:2", ["MSFT"]) > 0


def _load(dataset: str, batch: str, symbols: list[str]) -> int:
    for group in steps.plan(dataset, batch, symbols=symbols):
        steps.fetch(dataset, group, batch)
        steps.normalize(dataset, group, batch)
    return steps.validate(dataset, batch)
