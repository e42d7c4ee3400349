"""A sample market for the tests that go all the way from the source to silver."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.bronze.store import open_store
from include.settings import Settings, get_settings
from tests.dbt.gold import Gold
from tests.integration.lakehouse import AFTER_ALL, Lakehouse
from tests.integration.source import Source
from tests.market_server import MarketServer

SATURDAY = datetime(2024, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def market_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MarketServer]:
    """One market server for all tests of a module."""
    with MarketServer(tmp_path_factory.mktemp("market")) as server:
        yield server


@pytest.fixture
def shared_market(
    settings: Settings, market_server: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MarketServer]:
    """The module's market, well-behaved and without calls, named by the settings of this test."""
    del settings
    market_server.clear_faults()
    market_server.forget_calls()
    monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", market_server.query_url)
    get_settings.cache_clear()
    open_store.cache_clear()
    yield market_server
    open_store.cache_clear()


@pytest.fixture
def lakehouse(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Lakehouse]:
    """A lakehouse in the database that the tests share, emptied: cheaper than one of its own."""
    with Source(SATURDAY) as source:
        monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", source.query_url)
        get_settings.cache_clear()
        open_store.cache_clear()
        yield Lakehouse(source, Gold(settings.warehouse.url, tmp_path, market_now=AFTER_ALL))
    open_store.cache_clear()
