"""The steps, one after the other, on real prices: market server over HTTP, S3, Postgres."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from include import steps
from include.alpha_vantage.functions import Function
from include.bronze.store import open_store
from include.errors import InvalidCall, QuotaSpent, Throttled, TickersFailed
from include.local_stack.market.process import MarketServer
from include.settings import Settings, get_settings
from include.warehouse.connection import connect

WEEKLY = Function.WEEKLY_ADJUSTED
SYMBOLS = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
WEEKS = {"AAPL": 679, "FB": 42, "GOOG": 446, "IBM": 679, "MSFT": 679}


@pytest.fixture
def market(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketServer]:
    """A sample market of this test's own, which the settings name."""
    del settings
    with MarketServer(tmp_path / "market") as server:
        monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", server.query_url)
        get_settings.cache_clear()
        open_store.cache_clear()
        yield server


def run(number: int, **options: object) -> str:
    """One whole run of the pipeline; its batch."""
    batch = f"weekly_adjusted_prices:run-{number}"
    for group in steps.plan(WEEKLY, batch, **options):  # type: ignore[arg-type]
        steps.fetch(WEEKLY, group, batch)
        steps.normalize(WEEKLY, group, batch)
    steps.validate(WEEKLY, batch)
    steps.report(WEEKLY, batch)
    return batch


def ask(query: str) -> list[tuple[object, ...]]:
    """Rows of the warehouse."""
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


def statuses(batch: str) -> dict[object, object]:
    return dict(ask(f"select symbol, status from ops.ticker_runs where execution_batch_id = '{batch}'"))  # type: ignore[arg-type]


def test_a_first_run_brings_every_week_of_every_ticker(market: MarketServer) -> None:
    batch = run(1)

    assert dict(ask("select symbol, count(*) from silver.weekly_adjusted_prices group by symbol")) == WEEKS  # type: ignore[arg-type]
    assert statuses(batch) == dict.fromkeys(SYMBOLS, "loaded")
    assert ask("select count(*) from ops.api_calls where outcome = 'answered'") == [(5,)]
    assert len(list(open_store().list_keys(WEEKLY))) == 5


def test_split_weeks_of_apple_are_recorded_as_splits(market: MarketServer) -> None:
    run(1, symbols=["AAPL"])

    splits = ask(
        "select week_ending, split_factor from silver.weekly_adjusted_prices where split_factor <> 1 order by 1"
    )
    assert splits == [(date(2000, 6, 23), 2), (date(2005, 3, 4), 2)]


def test_a_second_run_asks_for_nothing_and_changes_nothing(market: MarketServer) -> None:
    run(1)
    before = ask("select max(loaded_at), count(*) from silver.weekly_adjusted_prices")

    batch = run(2)

    assert statuses(batch) == dict.fromkeys(SYMBOLS, "current")
    assert ask("select count(*) from ops.api_calls") == [(5,)]
    assert ask("select max(loaded_at), count(*) from silver.weekly_adjusted_prices") == before


def test_a_forced_run_spends_credits_and_finds_everything_unchanged(market: MarketServer) -> None:
    run(1)
    before = ask("select max(loaded_at), count(*) from silver.weekly_adjusted_prices")

    batch = run(2, force=True)

    assert statuses(batch) == dict.fromkeys(SYMBOLS, "unchanged")
    assert len(list(open_store().list_keys(WEEKLY))) == 5
    assert ask("select max(loaded_at), count(*) from silver.weekly_adjusted_prices") == before


def test_an_unknown_ticker_fails_alone_in_the_sources_words(market: MarketServer) -> None:
    batch = "weekly_adjusted_prices:run-1"
    groups = steps.plan(WEEKLY, batch, symbols=["IBM", "NOSUCH"])
    assert groups == [["IBM"], ["NOSUCH"]]
    steps.fetch(WEEKLY, ["IBM"], batch)
    with pytest.raises(InvalidCall, match="Invalid API call"):
        steps.fetch(WEEKLY, ["NOSUCH"], batch)
    for group in groups:
        steps.normalize(WEEKLY, group, batch)

    assert steps.validate(WEEKLY, batch) == WEEKS["IBM"]
    with pytest.raises(TickersFailed, match=r"NOSUCH: .*Invalid API call"):
        steps.report(WEEKLY, batch)
    assert statuses(batch) == {"IBM": "loaded", "NOSUCH": "failed"}


def test_a_refused_ticker_is_not_asked_again_the_next_day(market: MarketServer) -> None:
    with pytest.raises(InvalidCall):
        run(1, symbols=["NOSUCH"])

    batch = run(2, symbols=["NOSUCH"])

    assert statuses(batch) == {"NOSUCH": "refused"}
    assert ask("select count(*) from ops.api_calls") == [(1,)]


def test_a_spent_quota_closes_the_budget_and_later_tickers_spend_nothing(market: MarketServer) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM", "MSFT"])
    market.misbehave("quota_spent", symbol="IBM", times=1)
    with pytest.raises(QuotaSpent):
        steps.fetch(WEEKLY, ["IBM"], batch)
    with pytest.raises(QuotaSpent):
        steps.fetch(WEEKLY, ["MSFT"], batch)

    steps.report(WEEKLY, batch)
    assert statuses(batch) == {"IBM": "skipped", "MSFT": "skipped"}
    assert ask("select count(*) from ops.api_calls") == [(1,)]


def test_a_throttle_slows_every_worker_down(market: MarketServer) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM", "MSFT"])
    market.misbehave("throttle_minute", symbol="IBM", times=1)
    with pytest.raises(Throttled) as first:
        steps.fetch(WEEKLY, ["IBM"], batch)
    with pytest.raises(Throttled) as second:
        steps.fetch(WEEKLY, ["MSFT"], batch)

    assert first.value.retry_after == 60
    assert 50 < second.value.retry_after <= 60
    assert ask("select count(*) from ops.api_calls") == [(1,)]


def test_a_later_week_updates_silver_and_records_the_restatement(market: MarketServer) -> None:
    market.stop()
    # A fresh market whose clock stands before IBM's ex-date of 2013-02-06.
    with MarketServer(market.home.with_name("earlier"), market.port, "--clock", "2013-02-02T12:00:00Z") as earlier:
        run(1, symbols=["IBM"])
        earlier.move_clock("2013-02-09T12:00:00Z")
        run(2, symbols=["IBM"])

    assert ask("select symbol, rows_changed, cause from silver.restatements") == [("IBM", 675, "dividend")]
    assert ask("select count(*), max(week_ending) from silver.weekly_adjusted_prices") == [(676, date(2013, 2, 8))]


def test_a_replay_of_dropped_silver_is_identical_without_an_api_call(market: MarketServer) -> None:
    content = """
        select to_jsonb(week) - 'loaded_at' - 'execution_batch_id' from silver.weekly_adjusted_prices as week
        order by symbol, week_ending
    """
    run(1)
    before, calls = ask(content), ask("select count(*) from ops.api_calls")
    with connect() as connection:
        connection.execute("truncate silver.weekly_adjusted_prices, silver.loaded_answers")

    steps.replay("replay_bronze:run-1")

    assert len(before) == 2525
    assert ask(content) == before
    assert ask("select count(*) from ops.api_calls") == calls


def test_a_replay_of_untouched_silver_changes_no_row(market: MarketServer) -> None:
    run(1)

    assert steps.replay("replay_bronze:run-1")["rows_changed"] == 0


def test_an_answer_that_was_stored_but_not_loaded_costs_no_second_credit(market: MarketServer) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM"])
    steps.fetch(WEEKLY, ["IBM"], batch)  # … and here the worker dies

    run(2, symbols=["IBM"])

    assert ask("select count(*) from silver.weekly_adjusted_prices") == [(WEEKS["IBM"],)]
    assert ask("select count(*) from ops.api_calls") == [(1,)]


def test_the_analyst_reads_silver_and_writes_nothing(market: MarketServer) -> None:
    run(1, symbols=["FB"])
    with psycopg.connect(get_settings().analyst_url) as connection:
        assert connection.execute("select count(*) from silver.weekly_adjusted_prices").fetchone() == (WEEKS["FB"],)
        connection.rollback()
        connection.execute("set transaction read write")  # reading only is more than a default of the session
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from silver.weekly_adjusted_prices")
