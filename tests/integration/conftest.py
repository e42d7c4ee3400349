"""A sample market for the tests that go all the way from the source to silver."""

from collections.abc import Iterator

import pytest

from include.bronze.store import open_store
from include.settings import Settings, get_settings
from tests.market_server import MarketServer


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
