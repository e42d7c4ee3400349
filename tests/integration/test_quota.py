"""One API budget for every thread, process and machine: kept in a real Postgres."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from include.alpha_vantage import quota
from include.alpha_vantage.calls import find_unknown_to_ledger
from include.alpha_vantage.client import ALPHA_VANTAGE
from include.bronze.keys import BronzeKey
from include.errors import QuotaSpent, Throttled
from include.settings import PROJECT_ROOT, Settings, get_settings
from include.silver.datasets import find_dataset
from include.silver.series_state import read_series_states
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.connection import connect
from tests.payloads import moment

WEEKLY = WEEKLY_ADJUSTED.name
WORKERS = 8
TAKE_CREDITS = """
from tests.integration.test_quota import take
for _ in range(8):
    take()
"""


def take(symbol: str = "IBM") -> quota.Credit | None:
    """Ask for one credit as a worker would; None when the budget refuses."""
    with connect() as connection:
        connection.autocommit = True
        try:
            return quota.take_credit(
                connection, ALPHA_VANTAGE.budget(), WEEKLY, symbol, batch="test:1", market_at=moment("2024-01-06")
            )
        except (QuotaSpent, Throttled):
            return None


def limit(monkeypatch: pytest.MonkeyPatch, *, per_day: int = 1000, per_minute: int = 60_000) -> Settings:
    monkeypatch.setenv("ALPHA_VANTAGE_REQUESTS_PER_DAY", str(per_day))
    monkeypatch.setenv("ALPHA_VANTAGE_REQUESTS_PER_MINUTE", str(per_minute))
    get_settings.cache_clear()
    return get_settings()


@pytest.fixture
def ledger(settings: Settings) -> psycopg.Connection:
    del settings
    with connect() as connection:
        connection.autocommit = True
        yield connection


def spent(ledger: psycopg.Connection) -> int:
    row = ledger.execute("select count(*) from ops.api_calls").fetchone()
    return row[0] if row else -1


def test_many_threads_share_one_day(ledger: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, per_day=25)

    with ThreadPoolExecutor(WORKERS) as pool:
        credits = list(pool.map(lambda _: take(), range(40)))

    assert sum(credit is not None for credit in credits) == 25
    assert spent(ledger) == 25
    assert quota.credits_left(ledger, ALPHA_VANTAGE.budget()) == 0


def test_several_processes_share_one_day(ledger: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, per_day=10)
    command = [sys.executable, "-c", TAKE_CREDITS]

    workers = [subprocess.Popen(command, cwd=PROJECT_ROOT, env=os.environ) for _ in range(2)]

    assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
    assert spent(ledger) == 10


def test_calls_of_all_threads_are_spaced_evenly(ledger: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, per_minute=600)  # a tenth of a second apart

    def start_of_call(_: int) -> float:
        with connect() as connection:
            connection.autocommit = True
            credit = quota.take_credit(
                connection, ALPHA_VANTAGE.budget(), WEEKLY, "IBM", batch="test:1", market_at=moment("2024-01-06")
            )
            now = connection.execute("select extract(epoch from clock_timestamp())::float8").fetchone()
            assert now
            return float(now[0]) + credit.wait_seconds

    [(began,)] = ledger.execute("select extract(epoch from clock_timestamp())::float8").fetchall()
    with ThreadPoolExecutor(WORKERS) as pool:
        starts = sorted(pool.map(start_of_call, range(16)))

    # A busy machine may be late with reading the clock, never early: no call can begin before its place in the row.
    assert len(starts) == 16
    assert all(start >= began + 0.1 * place for place, start in enumerate(starts))


def test_a_wait_of_more_than_five_seconds_gives_the_slot_back_and_costs_nothing(
    ledger: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, per_minute=20)  # three seconds apart
    waits = [credit.wait_seconds if (credit := take()) else None for _ in range(4)]

    assert [wait if wait is None else round(wait) for wait in waits] == [0, 3, None, None]
    with pytest.raises(Throttled) as caught:
        quota.take_credit(ledger, ALPHA_VANTAGE.budget(), WEEKLY, "IBM", batch="test:1", market_at=moment("2024-01-06"))
    assert 5 < caught.value.retry_after <= 6
    assert spent(ledger) == 2


def test_a_credit_is_written_down_before_its_call(ledger: psycopg.Connection) -> None:
    assert take() is not None

    assert ledger.execute("select outcome, bronze_key from ops.api_calls").fetchall() == [("in flight", None)]


def test_a_credit_is_free_again_after_a_day(ledger: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, per_day=1)
    assert take() is not None
    assert take() is None

    ledger.execute("update ops.api_calls set called_at = called_at - interval '24 hours'")

    assert take() is not None


def test_the_sources_word_closes_the_budget_until_the_oldest_credit_is_a_day_old(
    ledger: psycopg.Connection, settings: Settings
) -> None:
    take()
    ledger.execute("update ops.api_calls set called_at = called_at - interval '20 hours'")
    take()

    quota.close_budget(ledger, "alpha_vantage")

    assert quota.credits_left(ledger, ALPHA_VANTAGE.budget()) == 0
    assert take() is None
    hours = "select round(extract(epoch from closed_until - now()) / 3600) from ops.api_pace"
    assert ledger.execute(hours).fetchone() == (4,)
    ledger.execute("update ops.api_pace set closed_until = now() - interval '1 second'")
    assert take() is not None


def test_a_throttle_of_one_worker_holds_every_other(ledger: psycopg.Connection) -> None:
    quota.slow_down(ledger, "alpha_vantage", seconds=60)
    quota.slow_down(ledger, "alpha_vantage", seconds=2)  # never makes it sooner

    assert take() is None
    assert spent(ledger) == 0


def test_what_a_call_bought_is_on_its_row(ledger: psycopg.Connection) -> None:
    credit = take()
    assert credit is not None

    quota.settle_credit(ledger, credit.call_id, outcome="answered", seconds=0.5, size=7, bronze_key="key")

    row = ledger.execute("select outcome, bytes, seconds, bronze_key, execution_batch_id from ops.api_calls").fetchone()
    assert row == ("answered", 7, 0.5, "key", "test:1")


def test_a_call_cut_off_in_flight_is_looked_up_in_the_lake(ledger: psycopg.Connection) -> None:
    take("IBM")
    settled = take("MSFT")
    assert settled is not None
    quota.settle_credit(ledger, settled.call_id, outcome="answered", seconds=0, bronze_key="k")

    assert find_unknown_to_ledger(ledger, WEEKLY, ["IBM", "MSFT", "NEW"]) == ["IBM", "NEW"]
    states = read_series_states(
        ledger,
        find_dataset("weekly_adjusted_prices"),
        ["IBM", "NEW"],
        {"IBM": BronzeKey(WEEKLY, "IBM", moment("2024-01-06"), "0" * 12)},
    )
    assert states["IBM"].is_waiting_in_bronze
    assert states["IBM"].answered_at == moment("2024-01-06")
    assert states["NEW"].answered_at is None
