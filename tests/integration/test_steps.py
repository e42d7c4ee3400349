"""The steps, one after the other, on real prices: market server over HTTP, S3, Postgres."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include import steps
from include.alpha_vantage.client import AlphaVantageClient
from include.bronze.store import open_store, s3_client
from include.errors import InvalidCall, LakeError, QuotaSpent, Throttled, TickersFailed
from include.observability.publications import write_project_fingerprint
from include.observability.runs import close_run, open_run
from include.settings import Settings, get_settings
from include.silver.datasets import find_dataset
from include.silver.load import load_payloads
from include.silver.tables import lock_symbols
from include.silver.weeks import WEEKLY_ADJUSTED
from include.steps import validating
from include.warehouse.connection import connect
from tests.integration.market import MarketOnThread
from tests.market_server import MarketServer
from tests.payloads import bar, moment, normalize_weekly, payload_of

WEEKLY = "weekly_adjusted_prices"
DAILY = "daily_prices"
SYMBOLS = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
WEEKS = {"AAPL": 679, "FB": 42, "GOOG": 446, "IBM": 679, "MSFT": 679}


@pytest.fixture
def market(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketServer]:
    """A sample market of this test's own, which the settings name."""
    del settings
    with MarketOnThread(tmp_path / "market") as server:
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
    assert len(list(open_store().list_keys(WEEKLY_ADJUSTED.name))) == 5


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
    assert len(list(open_store().list_keys(WEEKLY_ADJUSTED.name))) == 5
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
    with pytest.raises(TickersFailed, match="NOSUCH: the source does not know this ticker: Invalid API call"):
        steps.report(WEEKLY, batch)
    assert statuses(batch) == {"IBM": "loaded", "NOSUCH": "failed"}


def test_a_batch_is_counted_before_it_is_closed(market: MarketServer) -> None:
    batch = "stock_data_pipeline:run-1"
    steps.plan(DAILY, batch, symbols=["IBM", "MSFT"])
    steps.fetch(DAILY, ["IBM"], batch)
    steps.normalize(DAILY, ["IBM"], batch)
    with connect() as connection:
        connection.execute("update ops.pipeline_runs set started_at = now() - interval '90 seconds'")

    counts = steps.count(DAILY, batch)

    assert (counts["tickers_fetched"], counts["tickers_failed"]) == (1, 1)
    assert counts["rows_inserted"] > 90
    assert 90 <= counts["seconds"] < 120
    assert ask("select status, finished_at from ops.pipeline_runs") == [("running", None)]
    with pytest.raises(TickersFailed, match="MSFT: never fetched"):
        steps.report(DAILY, batch)
    assert ask("select status, tickers_failed from ops.pipeline_runs") == [("failed", 1)]


def test_a_refused_ticker_is_not_asked_again_the_next_day(market: MarketServer) -> None:
    with pytest.raises(InvalidCall):
        run(1, symbols=["NOSUCH"])

    batch = run(2, symbols=["NOSUCH"])

    assert statuses(batch) == {"NOSUCH": "refused"}
    ((reason,),) = ask(f"select reason from ops.ticker_runs where execution_batch_id = '{batch}'")
    assert str(reason).startswith("the source does not know this ticker: Invalid API call")
    assert str(reason).endswith("; asked again after 30 days, or with FORCE=1")
    assert ask("select count(*) from ops.api_calls") == [(1,)]


def test_a_spent_quota_closes_the_budget_and_later_tickers_spend_nothing(market: MarketServer) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM", "MSFT"])
    market.inject_fault("quota_spent", symbol="IBM", times=1)
    with pytest.raises(QuotaSpent):
        steps.fetch(WEEKLY, ["IBM"], batch)
    with pytest.raises(QuotaSpent):
        steps.fetch(WEEKLY, ["MSFT"], batch)

    steps.report(WEEKLY, batch)
    assert statuses(batch) == {"IBM": "skipped", "MSFT": "skipped"}
    reasons = {str(reason) for (reason,) in ask("select reason from ops.ticker_runs")}
    assert all(reason.startswith("the credits of the day are spent: ") for reason in reasons)
    assert not [reason for reason in reasons if "IBM" in reason]  # of whatever ticker met it first
    assert ask("select count(*) from ops.api_calls") == [(1,)]


def test_a_throttle_slows_every_worker_down(market: MarketServer) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM", "MSFT"])
    market.inject_fault("throttle_minute", symbol="IBM", times=1)
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
        connection.execute("truncate silver.weekly_adjusted_prices, silver.loaded_payloads")

    steps.replay("replay_bronze:run-1")

    assert len(before) == 2525
    assert ask(content) == before
    assert ask("select count(*) from ops.api_calls") == calls


def test_a_replay_of_untouched_silver_changes_no_row(market: MarketServer) -> None:
    run(1)

    assert steps.replay("replay_bronze:run-1")["rows_changed"] == 0


@pytest.fixture
def published_gold(market: MarketServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketServer]:
    """Gold as if published after all that these tests load, by the dbt project as it is."""
    monkeypatch.setattr(validating, "read_project_fingerprint", lambda: "this")
    monkeypatch.setattr(validating, "read_published_tables", lambda: ["gold.fact_adjusted_prices"])
    with connect() as connection:
        connection.execute("create table gold.publications as select now() + interval '1 hour' as published_at")
        connection.execute("create table gold.fact_adjusted_prices (symbol text, week_ending date)")
    yield market
    with connect() as connection:
        connection.execute("drop table gold.publications, gold.fact_adjusted_prices")


def _publish(state: str | None = "this") -> None:
    with connect() as connection:
        connection.execute("delete from ops.publication_requests")
        connection.execute(
            "insert into gold.fact_adjusted_prices select symbol, week_ending from silver.weekly_adjusted_prices"
        )
        open_run(connection, "gold_star_schema:1", market_at=moment("2013-03-02"))
        write_project_fingerprint(connection, "gold_star_schema:1", state)
        close_run(connection, "gold_star_schema:1")


@pytest.mark.parametrize(("state", "rows"), [("this", 0), ("an older one", WEEKS["IBM"]), (None, WEEKS["IBM"])])
def test_gold_of_another_dbt_project_is_built_again_without_a_new_row(
    published_gold: MarketServer, state: str | None, rows: int
) -> None:
    run(1, symbols=["IBM"])
    _publish(state)

    assert steps.validate(WEEKLY, "weekly_adjusted_prices:2") == rows


@pytest.mark.parametrize("force", [False, True])
def test_a_daily_run_without_a_new_row_tells_gold_nothing(published_gold: MarketServer, *, force: bool) -> None:
    first, second = "stock_data_pipeline:1", "stock_data_pipeline:2"
    run(1, symbols=["IBM"])
    _publish()
    for batch, is_forced in ((first, False), (second, force)):
        for group in steps.plan(DAILY, batch, symbols=["IBM"], force=is_forced):
            steps.fetch(DAILY, group, batch)
            steps.normalize(DAILY, group, batch)

    assert statuses(second) == {"IBM": "unchanged" if force else "current"}
    assert steps.validate(DAILY, second) == 0
    assert steps.validate(DAILY, first) > 0  # whose rows came after what was published


def test_what_gold_lacks_is_published_though_no_row_of_silver_changed(
    published_gold: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(1, symbols=["FB", "IBM"])
    _publish()
    again = "weekly_adjusted_prices:2"
    assert steps.validate(WEEKLY, again) == 0

    with connect() as connection:
        connection.execute("delete from gold.fact_adjusted_prices where symbol = 'IBM' and week_ending > '2013-02-01'")
        connection.execute("delete from gold.fact_adjusted_prices where symbol = 'FB'")
        connection.execute("insert into gold.fact_adjusted_prices values ('GONE', '2013-03-01')")
    assert steps.validate(WEEKLY, again) == 4 + WEEKS["FB"] + 1

    monkeypatch.setattr(validating, "read_published_tables", lambda: ["gold.mart_dividends"])
    assert steps.validate(WEEKLY, again) == WEEKS["IBM"] + WEEKS["FB"]


def test_a_symbol_that_is_quarantined_at_publication_is_not_published_for_ever(published_gold: MarketServer) -> None:
    run(1, symbols=["FB", "IBM"])
    _publish()
    quarantine = """
        insert into ops.quarantines (place, symbol, function, bronze_key, rule, way_out, since, execution_batch_id)
        values ('publication', 'FB', 'TIME_SERIES_WEEKLY_ADJUSTED', 'bronze/x', 'returns_are_believable', 'wait', now(),
            'gold_star_schema:1')
    """
    with connect() as connection:
        connection.execute("delete from gold.fact_adjusted_prices where symbol = 'FB'")
        connection.execute(quarantine)
    assert steps.validate(WEEKLY, "weekly_adjusted_prices:2") == 0

    with connect() as connection:
        connection.execute("update ops.quarantines set ended_at = now()")
    assert steps.validate(WEEKLY, "weekly_adjusted_prices:2") == WEEKS["FB"]


def test_an_answer_that_was_stored_but_not_loaded_costs_no_second_credit(market: MarketServer) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM"])
    steps.fetch(WEEKLY, ["IBM"], batch)  # … and here the worker dies

    run(2, symbols=["IBM"])

    assert ask("select count(*) from silver.weekly_adjusted_prices") == [(WEEKS["IBM"],)]
    assert ask("select count(*) from ops.api_calls") == [(1,)]


def test_an_answer_that_s3_did_not_take_waits_until_it_does(
    market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM"])
    fetch = AlphaVantageClient.fetch

    def fetch_while_the_bucket_goes(*args: Any) -> bytes:
        settings, payload = get_settings(), fetch(*args)
        lake = s3_client(settings)
        for item in lake.list_objects_v2(Bucket=settings.bronze.bucket).get("Contents", ()):
            lake.delete_object(Bucket=settings.bronze.bucket, Key=item["Key"])
        lake.delete_bucket(Bucket=settings.bronze.bucket)
        return payload

    with monkeypatch.context() as disturbed:
        disturbed.setattr(AlphaVantageClient, "fetch", fetch_while_the_bucket_goes)
        with pytest.raises(LakeError, match="has no bucket"):
            steps.fetch(WEEKLY, ["IBM"], batch)
    [(reason,)] = ask("select reason from ops.ticker_runs")
    run(2, symbols=["IBM"])

    assert str(reason).startswith("S3 at ")
    assert ask("select count(*) from silver.weekly_adjusted_prices") == [(WEEKS["IBM"],)]
    calls = "select outcome, bytes > 0, seconds > 0, bronze_key is not null, execution_batch_id from ops.api_calls"
    assert ask(calls) == [("answered", True, True, True, batch)]
    assert ask("select count(*) from ops.bronze_outbox") == [(0,)]


def test_an_answer_that_came_while_postgres_died_costs_no_second_credit(
    market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=["IBM"])
    fetch = AlphaVantageClient.fetch

    def fetch_while_postgres_dies(*args: Any) -> bytes:
        payload = fetch(*args)
        [*ended] = ask(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and application_name = 'stocklake' and pid <> pg_backend_pid()"
        )
        assert ended == [(True,)]
        return payload

    with monkeypatch.context() as disturbed:
        disturbed.setattr(AlphaVantageClient, "fetch", fetch_while_postgres_dies)
        with pytest.raises(psycopg.OperationalError):
            steps.fetch(WEEKLY, ["IBM"], batch)
    [key] = steps.fetch(WEEKLY, ["IBM"], batch)  # as a retry does

    assert ask("select outcome, bronze_key from ops.api_calls") == [("answered", key)]


def test_a_replay_keeps_an_answer_that_is_loaded_after_it_listed_the_lake(market: MarketServer) -> None:
    first, second = (payload_of({"2013-02-22": bar(), day: bar()}) for day in ("2013-02-15", "2013-03-01"))
    _load("IBM", first, "2013-02-23")
    with connect() as loader, ThreadPoolExecutor() as pool:
        lock_symbols(loader, ["IBM"])  # as every load does; the replay waits for it with its list in hand
        replaying = pool.submit(steps.replay, "replay_bronze:run-1")
        _wait_for_a_waiting_lock()
        _load("IBM", second, "2013-03-02", loader)
        loader.commit()
        replaying.result(timeout=60)

    weeks = ask("select week_ending::text from silver.weekly_adjusted_prices order by 1")
    assert weeks == [("2013-02-15",), ("2013-02-22",), ("2013-03-01",)]
    assert ask("select count(*) from silver.loaded_payloads") == [(2,)]


def _load(symbol: str, body: bytes, day: str, connection: psycopg.Connection | None = None) -> None:
    key = open_store().write_payload(WEEKLY_ADJUSTED.name, symbol, body, fetched_at=moment(day))
    payload = normalize_weekly(body, symbol=symbol, fetched_at=key.fetched_at)
    with nullcontext(connection) if connection else connect() as writer:
        load_payloads(writer, find_dataset(WEEKLY), [payload], accepted={}, batch=f"test:{day}")


def _wait_for_a_waiting_lock() -> None:
    for _ in range(600):
        if ask("select from pg_locks where not granted"):
            return
        time.sleep(0.1)
    raise AssertionError("nobody waits for the lock")


def test_the_analyst_reads_silver_and_writes_nothing(market: MarketServer) -> None:
    run(1, symbols=["FB"])
    with psycopg.connect(get_settings().warehouse.analyst_url) as connection:
        assert connection.execute("select count(*) from silver.weekly_adjusted_prices").fetchone() == (WEEKS["FB"],)
        connection.rollback()
        connection.execute("set transaction read write")  # reading only is more than a default of the session
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from silver.weekly_adjusted_prices")
