"""Every payload of the source over real HTTP, and what a run leaves behind when it is killed or told a secret."""

import gzip
import logging
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator

import psycopg
import pytest

from include import steps
from include.alpha_vantage.client import AlphaVantageClient
from include.bronze.store import open_store, s3_client
from include.errors import (
    ContractError,
    EmptyResponse,
    InvalidApiKey,
    InvalidCall,
    MalformedResponse,
    NetworkFault,
    PremiumEndpoint,
    PremiumOutputSize,
    QuotaSpent,
    SourceError,
    StocklakeError,
    Throttled,
    UnknownNotice,
    WrongSymbol,
)
from include.market_simulator.faults import REPLY_NAMES
from include.settings import PROJECT_ROOT, get_settings
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.connection import connect
from tests.market_server import MarketServer

WEEKLY = "weekly_adjusted_prices"
SYMBOLS = ["FB", "GOOG"]
API_KEY = "K3Y0FMINE7Q2ZX"

OUTCOMES: dict[str, type[SourceError] | None] = {
    "byte_order_mark": None,
    "csv_letters": UnknownNotice,
    "delay": None,
    "demo_key": InvalidApiKey,
    "empty": EmptyResponse,
    "empty_best_matches": EmptyResponse,
    "forbidden": NetworkFault,
    "hang_up": NetworkFault,
    "html": MalformedResponse,
    "invalid_call": InvalidCall,
    "invalid_call_2017": InvalidCall,
    "invalid_key": InvalidApiKey,
    "invalid_key_as_information": InvalidApiKey,
    "meta_only": EmptyResponse,
    "not_acceptable": UnknownNotice,
    "note_2018": Throttled,
    "premium": PremiumEndpoint,
    "premium_output_size": PremiumOutputSize,
    "quota_spent": QuotaSpent,
    "quota_spent_2023": QuotaSpent,
    "throttle_burst": Throttled,
    "throttle_minute": Throttled,
    "throttle_per_second": Throttled,
    "truncated": MalformedResponse,
    "unavailable": NetworkFault,
    "unknown_function": InvalidCall,
    "unknown_wording": UnknownNotice,
    "unreadable_row": None,
    "wild_value": None,
    "wrong_symbol": WrongSymbol,
}


@pytest.fixture
def keyed_market(shared_market: MarketServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketServer]:
    """A live market behind an address on loopback, asked with a secret key."""
    monkeypatch.setenv("ALPHA_VANTAGE_API_KEY", API_KEY)
    get_settings.cache_clear()
    assert not get_settings().source.is_sample
    yield shared_market


def run(number: int, *, symbols: list[str] = SYMBOLS) -> None:
    """One whole run of the pipeline."""
    batch = f"weekly_adjusted_prices:run-{number}"
    for group in steps.plan(WEEKLY, batch, symbols=symbols):
        steps.fetch(WEEKLY, group, batch)
        steps.normalize(WEEKLY, group, batch)
    steps.validate(WEEKLY, batch)
    steps.report(WEEKLY, batch)


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


def content() -> list[tuple[object, ...]]:
    """Silver, but for what names the run: its batch, its moment, and the moment within its bronze keys."""
    return ask(
        "select (to_jsonb(week) - array['bronze_key', 'execution_batch_id', 'loaded_at'])::text "
        "from silver.weekly_adjusted_prices as week order by symbol, week_ending"
    )


def test_every_faults_of_the_market_is_known_here() -> None:
    assert tuple(sorted(OUTCOMES)) == REPLY_NAMES


@pytest.mark.parametrize(("reply", "kind"), OUTCOMES.items())
def test_every_answer_over_http_has_its_outcome(
    keyed_market: MarketServer, reply: str, kind: type[SourceError] | None
) -> None:
    keyed_market.inject_fault(reply, symbol="FB")
    raised: SourceError | None = None
    with AlphaVantageClient(get_settings()) as client:
        try:
            client.fetch(WEEKLY_ADJUSTED, "FB")
        except SourceError as error:
            raised = error

    assert (type(raised) if raised else None) is kind
    if raised:
        assert API_KEY not in "".join(traceback.format_exception(raised)) + repr(raised)


@pytest.mark.usefixtures("shared_market")
def test_small_payloads_share_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {name: steps.plan(name, f"{name}:1", symbols=SYMBOLS) for name in (WEEKLY, "company_overview")}
    assert groups == {WEEKLY: [["FB"], ["GOOG"]], "company_overview": [SYMBOLS]}

    monkeypatch.setenv("TICKERS_PER_TASK", "2")
    get_settings.cache_clear()
    assert steps.plan(WEEKLY, f"{WEEKLY}:2", symbols=SYMBOLS) == [SYMBOLS]


def test_a_market_that_does_not_answer_is_a_network_fault_without_the_key(
    keyed_market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", "http://127.0.0.1:9/query")  # the port of "discard": nobody listens
    get_settings.cache_clear()
    with AlphaVantageClient(get_settings()) as client, pytest.raises(NetworkFault) as caught:
        client.fetch(WEEKLY_ADJUSTED, "IBM")

    assert API_KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("symbol", ["BC/PA", "NEE 6.219", "../x", "%", "a&apikey=b", "ÅÄÖ", "two\nlines"])
def test_a_hostile_symbol_reaches_the_source_as_it_was_typed(shared_market: MarketServer, symbol: str) -> None:
    with AlphaVantageClient(get_settings()) as client, pytest.raises(InvalidCall):
        client.fetch(WEEKLY_ADJUSTED, symbol)

    assert shared_market.calls(symbol) == 1


@pytest.mark.parametrize(
    ("step", "at", "calls"),
    [
        ("fetch", "include.steps.fetching._store", 3),  # the payload is lost, and so is its credit
        ("fetch", "include.alpha_vantage.quota.settle_credit", 2),
        ("normalize", "include.silver.load.copy_frames", 2),
        ("normalize", "include.silver.load.record_payload", 2),
        ("normalize", "include.observability.ticker_ledger.TickerLedger.set_status", 2),
    ],
)
def test_a_run_killed_and_run_again_ends_in_the_rows_of_an_undisturbed_one(
    shared_market: MarketServer, undisturbed: list[tuple[object, ...]], step: str, at: str, calls: int
) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=SYMBOLS)
    if step == "normalize":
        steps.fetch(WEEKLY, SYMBOLS, batch)
    _kill_at(at, f"steps.{step}({WEEKLY!r}, {SYMBOLS!r}, {batch!r})")

    run(2)

    assert content() == undisturbed
    assert shared_market.calls() == calls
    assert ask("select count(*) from silver.loaded_payloads") == [(2,)]


def test_a_killed_task_that_is_retried_in_its_own_batch_ends_in_the_same_rows(
    shared_market: MarketServer, undisturbed: list[tuple[object, ...]]
) -> None:
    batch = "weekly_adjusted_prices:run-1"
    steps.plan(WEEKLY, batch, symbols=SYMBOLS)
    _kill_at("include.alpha_vantage.quota.settle_credit", f"steps.fetch({WEEKLY!r}, {SYMBOLS!r}, {batch!r})")
    steps.fetch(WEEKLY, SYMBOLS, batch)
    _kill_at("include.silver.load.record_payload", f"steps.normalize({WEEKLY!r}, {SYMBOLS!r}, {batch!r})")
    steps.normalize(WEEKLY, SYMBOLS, batch)
    steps.validate(WEEKLY, batch)
    steps.report(WEEKLY, batch)

    assert content() == undisturbed


def test_an_answer_of_rejected_rows_alone_harms_no_other_ticker(shared_market: MarketServer) -> None:
    run(1)
    before = content()
    body = b'{"Weekly Adjusted Time Series": {"2013-03-01": {"1. open": "1", "2. high": "1", "3. low": "1",'
    body += b'"4. close": "NaN", "5. adjusted close": "1", "6. volume": "1", "7. dividend amount": "0"}}}'
    open_store().write_payload(WEEKLY_ADJUSTED.name, "FB", body, fetched_at=shared_market.clock())
    batch = "weekly_adjusted_prices:run-2"
    with connect() as connection:
        connection.execute(
            "insert into ops.ticker_runs (execution_batch_id, function, symbol, status) "
            "values (%s, %s, 'FB', 'fetched')",
            (batch, WEEKLY_ADJUSTED.name),
        )

    with pytest.raises(ContractError, match="FB: the newest row"):
        steps.normalize(WEEKLY, ["FB"], batch)
    steps.validate(WEEKLY, batch)

    assert content() == before
    assert ask("select symbol, reason from silver.rejected_rows") == [("FB", "non-finite close")]


def test_a_replay_counts_an_answer_anew_where_a_rule_has_changed(shared_market: MarketServer) -> None:
    run(1)
    with connect() as connection:  # as if an earlier rule had rejected one row of FB
        connection.execute("update silver.loaded_payloads set rows_kept = 41, rows_rejected = 1 where symbol = 'FB'")

    steps.replay("replay_bronze:run-1")

    assert ask("select symbol, rows_kept, execution_batch_id from silver.loaded_payloads order by symbol") == [
        ("FB", 42, "replay_bronze:run-1"),
        ("GOOG", 446, "weekly_adjusted_prices:run-1"),
    ]


def test_the_api_key_is_in_nothing_that_a_run_leaves_behind(
    keyed_market: MarketServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    errors = []
    for symbol, reply in {"FB": "delay", "AAPL": "unavailable", "IBM": "html", "MSFT": "quota_spent"}.items():
        keyed_market.inject_fault(reply, symbol=symbol)
        try:
            run(len(errors) + 1, symbols=[symbol])
        except StocklakeError as error:
            errors.append("".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)))

    out, err = capfd.readouterr()
    left = {"log": caplog.text + out + err, "errors": "".join(errors), "market": keyed_market.log}
    left |= {"warehouse": _dump_warehouse(), "bronze": _dump_bronze()}

    assert len(errors) == 3
    assert "our standard API rate limit" in left["warehouse"]  # the notice is there, the key in it is not
    assert "********" in left["errors"]
    assert "symbol=FB" in left["bronze"]
    assert "fetch" in left["log"]
    assert {name: API_KEY in text for name, text in left.items()} == dict.fromkeys(left, False)


UNDISTURBED: list[tuple[object, ...]] = []


@pytest.fixture
def undisturbed(shared_market: MarketServer) -> list[tuple[object, ...]]:
    """The rows of a run that nobody disturbs; market, lake and warehouse know nothing of it afterwards."""
    if not UNDISTURBED:
        run(0)
        UNDISTURBED.extend(content())
        _forget_everything()
        shared_market.forget_calls()
    assert len(UNDISTURBED) == 42 + 446
    return UNDISTURBED


def _forget_everything() -> None:
    s3, bucket = s3_client(get_settings()), get_settings().bronze.bucket
    for key in open_store().list_keys(WEEKLY_ADJUSTED.name):
        s3.delete_object(Bucket=bucket, Key=str(key))
    with connect() as connection:
        connection.execute(
            "truncate silver.weekly_adjusted_prices, silver.loaded_payloads, ops.api_calls, ops.ticker_runs"
        )


def _kill_at(function: str, call: str) -> None:
    """Run a step in a process of its own and kill it where it enters a function."""
    module, _, name = function.rpartition(".")
    program = f"""
import pkgutil, time
from include import steps

def stop_here(*_, **__):
    print("here", flush=True)
    time.sleep(600)

setattr(pkgutil.resolve_name({module!r}), {name!r}, stop_here)
{call}
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, env=os.environ, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout
        lines = iter(worker.stdout.readline, "")
        assert any(line.strip() == "here" for line in lines), "the step ended before it was killed"
        worker.send_signal(signal.SIGKILL)
    assert worker.returncode == -signal.SIGKILL


def _dump_warehouse() -> str:
    with connect() as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('silver', 'ops')"
        ).fetchall()
        assert len(tables) > 8
        return "\n".join(map(str, (row for (table,) in tables for row in _rows(connection, table))))


def _rows(connection: psycopg.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"select * from {table}".encode()).fetchall()


def _dump_bronze() -> str:
    s3, bucket = s3_client(get_settings()), get_settings().bronze.bucket
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    texts = []
    for item in listed:
        payload = s3.get_object(Bucket=bucket, Key=item["Key"])
        texts += [item["Key"], str(payload["Metadata"]), str(payload["ResponseMetadata"])]
        texts.append(gzip.decompress(payload["Body"].read()).decode())
    return "\n".join(texts)
