"""With a key the market is the live one, also behind a proxy on this machine; without one it has a clock of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.alpha_vantage.client import AlphaVantageClient
from include.clock import market_now
from include.errors import MarketMismatch, NetworkFault
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import get_settings
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.integration.lakehouse import Lakehouse, new_lakehouse
from tests.payloads import bar, payload_of

API_KEY = "K3Y0FMINE7Q2ZX"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def lakehouse(postgres: EmbeddedPostgres, s3_environment: dict[str, str], tmp_path: Path) -> Iterator[Lakehouse]:
    """A lakehouse whose source is a caching proxy."""
    own = {"STOCKLAKE_HOME": str(tmp_path), "ALPHA_VANTAGE_API_KEY": API_KEY}
    at = datetime(2013, 3, 2, tzinfo=UTC)
    with new_lakehouse(postgres, own | s3_environment, tmp_path, now=at) as made:
        made.source.payloads["TIME_SERIES_WEEKLY_ADJUSTED", "IBM"] = payload_of({"2024-04-12": bar()})
        yield made


def test_a_key_behind_a_proxy_on_loopback_is_the_live_market_by_the_clock_on_the_wall(lakehouse: Lakehouse) -> None:
    began = datetime.now(UTC)

    assert lakehouse.run(["IBM"]).is_green

    assert [path.partition("?")[0] for path in lakehouse.source.paths] == ["/query"]
    assert f"apikey={API_KEY}" in lakehouse.source.paths[0]
    assert lakehouse.ask("select is_sample from ops.market") == [(False,)]
    [(at,)] = lakehouse.ask("select market_at from ops.api_calls")
    assert began <= at <= datetime.now(UTC)  # type: ignore[operator]


def test_what_is_on_this_machine_is_asked_through_no_other_proxy(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOBODY)

    with AlphaVantageClient(get_settings()) as client:
        assert client.fetch(WEEKLY_ADJUSTED, "IBM") == payload_of({"2024-04-12": bar()})

    assert len(lakehouse.source.paths) == 1


def test_without_the_key_it_is_the_sample_market_and_the_lake_says_no(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    lakehouse.run(["IBM"])
    monkeypatch.setenv("ALPHA_VANTAGE_API_KEY", "")
    get_settings.cache_clear()

    with pytest.raises(MarketMismatch, match="holds the live market"):
        lakehouse.run(["IBM"])
    assert market_now() == datetime(2013, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("said", [b"{}", b"[]", b"<html>", b'{"now": 5}'])
def test_something_else_on_the_port_of_the_market_is_named(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setenv("ALPHA_VANTAGE_API_KEY", "")
    get_settings.cache_clear()
    monkeypatch.setattr("tests.integration.source._respond", lambda *_: said)

    with pytest.raises(NetworkFault, match="the local market server does not answer at http"):
        market_now()
