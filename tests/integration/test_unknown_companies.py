"""OVERVIEW of a fund or a foreign listing is `{}`: an outcome of a green run, not a failure."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from include import steps
from include.alpha_vantage.client import AlphaVantageClient
from include.alpha_vantage.planner import MONTH
from include.bronze.store import open_store
from include.errors import EmptyResponse, NetworkFault, TickersFailed
from include.settings import Settings, get_settings
from include.silver.datasets.company_overview import OVERVIEW as OVERVIEW_FUNCTION
from include.warehouse.connection import connect
from tests.integration.market import MarketOnThread
from tests.market_server import MarketServer

OVERVIEW, WEEKLY = "company_overview", "weekly_adjusted_prices"


@pytest.fixture
def market(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketServer]:
    """A sample market of this test's own, whose clock the test moves."""
    del settings
    with MarketOnThread(tmp_path / "market") as server:
        monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", server.query_url)
        get_settings.cache_clear()
        open_store.cache_clear()
        yield server
        open_store.cache_clear()


def run(number: int, symbols: list[str], dataset: str = OVERVIEW, *, force: bool = False) -> str:
    """One whole run of the DAG's tasks; its batch."""
    batch = f"company_overview:run-{number}"
    for group in steps.plan(dataset, batch, symbols=symbols, force=force):
        steps.fetch(dataset, group, batch)
        steps.normalize(dataset, group, batch)
    steps.validate(dataset, batch)
    steps.report(dataset, batch)
    return batch


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


def tickers(batch: str) -> list[tuple[object, ...]]:
    return ask(f"select symbol, status from ops.ticker_runs where execution_batch_id = '{batch}' order by symbol")


def test_a_run_with_a_fund_is_green_and_says_so(market: MarketServer) -> None:
    with capture_logs() as logs:
        batch = run(1, ["IBM", "SPY"])

    assert tickers(batch) == [("IBM", "loaded"), ("SPY", "unchanged")]
    [(reason,)] = ask("select reason from ops.ticker_runs where symbol = 'SPY'")
    assert reason == "Alpha Vantage knows no facts of this company; asked again after 30 days"
    [(status, failed, unchanged)] = ask("select status, tickers_failed, tickers_unchanged from ops.pipeline_runs")
    assert (status, failed, unchanged) == ("success", 0, 1)
    assert [line["nothing_known_of"] for line in logs if line["event"] == "report"] == [["SPY"]]
    assert ask("select outcome, bronze_key from ops.api_calls where symbol = 'SPY'") == [("NothingKnown", None)]
    assert {key.symbol for key in open_store().list_keys(OVERVIEW_FUNCTION.name)} == {"IBM"}
    assert ask("select symbol from silver.company_overview") == [("IBM",)]


def test_it_is_asked_again_after_thirty_days(market: MarketServer) -> None:
    run(1, ["SPY"])
    market.move_clock(market.clock() + MONTH - timedelta(days=1))
    a_day_early = run(2, ["SPY"])
    market.move_clock(market.clock() + timedelta(days=1))
    then = run(3, ["SPY"])

    assert [tickers(a_day_early), tickers(then)] == [[("SPY", "current")], [("SPY", "unchanged")]]
    assert market.calls("SPY") == 2


def test_a_company_that_was_known_keeps_its_facts(market: MarketServer) -> None:
    run(1, ["IBM"])
    before = ask("select * from silver.company_overview")
    market.inject_fault("empty", symbol="IBM", function=OVERVIEW_FUNCTION.name)

    batch = run(2, ["IBM"], force=True)

    assert tickers(batch) == [("IBM", "unchanged")]
    assert ask("select * from silver.company_overview") == before
    assert steps.replay("replay_bronze:1")["rows_changed"] == 0
    assert tickers(run(3, ["IBM"])) == [("IBM", "current")]


def test_a_company_that_becomes_known_is_loaded(market: MarketServer) -> None:
    market.inject_fault("empty", symbol="IBM", function=OVERVIEW_FUNCTION.name)
    run(1, ["IBM"])

    assert tickers(run(2, ["IBM"], force=True)) == [("IBM", "loaded")]


def test_a_worker_that_died_after_the_call_asks_no_second_time(market: MarketServer) -> None:
    batch = run(1, ["SPY"])
    with connect() as connection:
        connection.execute("update ops.ticker_runs set status = 'planned', reason = null")

    steps.fetch(OVERVIEW, ["SPY"], batch)

    assert market.calls("SPY") == 1
    assert tickers(batch) == [("SPY", "unchanged")]


@pytest.mark.parametrize("reply", ["empty", "meta_only", "empty_best_matches"])
def test_a_series_without_rows_stays_a_failure(market: MarketServer, reply: str) -> None:
    market.inject_fault(reply, symbol="IBM", times=1)
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM"])
    with pytest.raises(EmptyResponse):
        steps.fetch(WEEKLY, ["IBM"], batch)
    steps.normalize(WEEKLY, ["IBM"], batch)

    with pytest.raises(TickersFailed, match=r"IBM: .*: Alpha Vantage knows nothing about it"):
        steps.report(WEEKLY, batch)


def test_an_empty_object_with_an_errors_status_is_a_gateways(market: MarketServer) -> None:
    market.inject_fault("forbidden", symbol="SPY", function=OVERVIEW_FUNCTION.name)

    with AlphaVantageClient(get_settings()) as client, pytest.raises(NetworkFault, match="HTTP 403"):
        client.fetch(OVERVIEW_FUNCTION, "SPY")
