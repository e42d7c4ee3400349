"""A free key gets the newest 100 days, a paid one all: what is asked for, what that costs, what stays missing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import polars as pl
import pytest

from include import clock, steps
from include.bronze.store import open_store
from include.errors import QuotaSpent
from include.settings import Settings, get_settings
from include.silver.gaps import find_gaps
from include.warehouse.connection import connect
from tests.integration.market import MarketOnThread

DAILY = "daily_prices"
FUNCTION = "TIME_SERIES_DAILY"
BEGIN = datetime(2012, 6, 2, 12, tzinfo=UTC)  # Saturday
HALF_A_YEAR = datetime(2012, 12, 1, 12, tzinfo=UTC)
FREE, PAID = "FREEKEYFREEKEY01", "PAIDKEYPAIDKEY02"
CONTENT = (
    "select (to_jsonb(day) - array['execution_batch_id', 'loaded_at'])::text from silver.daily_prices as day"
    " order by symbol, trade_date"
)


class Market:
    """A market whose clock is the wall clock of the test, asked with a key that it may refuse all days."""

    def __init__(self, server: MarketOnThread, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self._patch, self._runs = server, monkeypatch, 0

    def use_key(self, key: str) -> None:
        """Ask with this key from now on."""
        self._patch.setenv("ALPHA_VANTAGE_API_KEY", key)
        get_settings.cache_clear()
        self.server.clear_faults()
        if key == FREE:
            self.server.inject_fault("premium_output_size", output_size="full", times=None)

    def run(self, *symbols: str, at: datetime | None = None, force: bool = False) -> dict[str, str]:
        """Run the pipeline; by symbol, the reason that the plan gave."""
        if at:
            self.server.move_clock(at)
        self._runs += 1
        batch = f"{DAILY}:run-{self._runs}"
        groups = steps.plan(DAILY, batch, symbols=symbols, force=force)
        reasons = dict(ask(f"select symbol, reason from ops.ticker_runs where execution_batch_id = '{batch}'"))
        for group in groups:
            steps.fetch(DAILY, group, batch)
            steps.normalize(DAILY, group, batch)
        steps.validate(DAILY, batch)
        assert steps.report(DAILY, batch)["tickers_failed"] == 0
        return reasons  # type: ignore[return-value]  # texts


@pytest.fixture
def market(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    del settings
    with MarketOnThread(tmp_path / "market", clock=BEGIN) as server:

        class OfTheMarket(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return server.clock().astimezone(tz)

        monkeypatch.setattr(clock, "datetime", OfTheMarket)
        monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", server.query_url)
        monkeypatch.setenv("ALPHA_VANTAGE_REQUESTS_PER_DAY", "1000")
        monkeypatch.setenv("ALPHA_VANTAGE_REQUESTS_PER_MINUTE", "6000")
        made = Market(server, monkeypatch)
        made.use_key(FREE)
        open_store.cache_clear()
        yield made


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


def days_of(symbol: str) -> list[date]:
    return [day for (day,) in ask(f"select trade_date from silver.daily_prices where symbol = '{symbol}' order by 1")]  # type: ignore[misc]


def gaps_of(symbol: str) -> list[tuple[date, date, int]]:
    days = days_of(symbol)
    assert days
    return find_gaps(pl.DataFrame({"symbol": symbol, "trade_date": days})).drop("symbol").rows()


def gap_words() -> list[str]:
    return [str(words) for (words,) in ask("select words from ops.findings where check_name = 'gap'")]


def outcomes() -> list[tuple[object, ...]]:
    return ask("select symbol, outcome from ops.api_calls order by call_id")


def calls_of(symbol: str) -> int:
    return len([row for row in outcomes() if row[0] == symbol])


REFUSED = ("AAPL", "PremiumOutputSize")


def test_the_refusal_costs_a_free_key_one_credit_and_no_ticker(market: Market) -> None:
    reasons = market.run("AAPL", "IBM")

    assert reasons == dict.fromkeys(("AAPL", "IBM"), "never fetched; full: its whole history was never fetched")
    assert outcomes() == [REFUSED, ("AAPL", "answered"), ("IBM", "answered")]
    assert ask("select status, asks_whole from ops.ticker_runs") == [("loaded", False)] * 2
    assert (len(days_of("AAPL")), len(days_of("IBM"))) == (100, 100)

    monday = market.run("AAPL", "IBM", at=datetime(2012, 6, 5, 12, tzinfo=UTC))

    refused = "the key's plan refused outputsize=full on 2012-06-02"
    assert monday["IBM"].endswith(f"UTC; compact, the newest 100 days: {refused}")
    assert len(outcomes()) == 5
    assert (len(days_of("IBM")), gaps_of("IBM")) == (101, [])


def test_tasks_at_one_time_spend_one_credit_on_the_refusal(market: Market) -> None:
    symbols = ["AAPL", "GOOG", "IBM", "MSFT"]
    batch = f"{DAILY}:at-once"
    groups = steps.plan(DAILY, batch, symbols=symbols)
    assert groups == [[symbol] for symbol in symbols]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda group: steps.fetch(DAILY, group, batch), groups))

    spent = [outcome for _, outcome in outcomes()]
    assert (spent.count("PremiumOutputSize"), spent.count("answered")) == (1, 4)


def test_nothing_of_the_key_is_kept(market: Market) -> None:
    market.run("IBM")
    [(allowed, salt, digest)] = ask("select is_allowed, key_salt, key_digest from ops.key_permissions")

    assert allowed is False
    assert (len(salt), len(digest)) == (16, 2)  # type: ignore[arg-type]  # bytes
    market.run("IBM", at=BEGIN + timedelta(days=31))
    [(renewed,)] = ask("select key_salt from ops.key_permissions")
    assert renewed != salt


def test_the_key_is_asked_again_when_it_is_another_one_and_after_thirty_days(market: Market) -> None:
    market.run("IBM")
    market.run("IBM", at=BEGIN + timedelta(days=28))
    assert calls_of("IBM") == 3
    market.run("IBM", at=BEGIN + timedelta(days=31))
    assert [outcome for _, outcome in outcomes()][3:] == ["PremiumOutputSize", "answered"]

    market.use_key(PAID)
    reasons = market.run("IBM", at=BEGIN + timedelta(days=33))

    assert reasons["IBM"].endswith("full: its whole history was never fetched")
    assert calls_of("IBM") == 6
    assert days_of("IBM")[0] == date(2000, 3, 1)


def test_a_refusal_that_spends_the_last_credit_says_nothing_against_the_ticker(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = f"{DAILY}:last-credit"
    [group] = steps.plan(DAILY, batch, symbols=["IBM"])
    monkeypatch.setenv("ALPHA_VANTAGE_REQUESTS_PER_DAY", "1")
    get_settings.cache_clear()
    with pytest.raises(QuotaSpent):
        steps.fetch(DAILY, group, batch)
    monkeypatch.setenv("ALPHA_VANTAGE_REQUESTS_PER_DAY", "1000")
    get_settings.cache_clear()

    market.run("IBM", at=BEGIN + timedelta(days=1))

    assert [outcome for _, outcome in outcomes()] == ["PremiumOutputSize", "answered"]
    assert len(days_of("IBM")) == 100


def test_a_pause_of_half_a_year_with_a_free_key_leaves_a_gap_with_a_name(market: Market) -> None:
    market.run("IBM")
    reasons = market.run("IBM", at=HALF_A_YEAR)

    days, words = days_of("IBM"), "25 sessions are missing, from 2012-06-04 to 2012-07-09"
    assert (len(days), days[99], days[100]) == (200, date(2012, 6, 1), date(2012, 7, 10))
    assert gaps_of("IBM") == [(date(2012, 6, 4), date(2012, 7, 9), 25)]
    # Half a year later the key may have been upgraded.
    assert reasons["IBM"].endswith(f"; full: {words}, and compact has the newest 100 days alone")

    tuesday = market.run("IBM", at=HALF_A_YEAR + timedelta(days=3))

    assert tuesday["IBM"].endswith(
        f"; compact: the key's plan refused outputsize=full on 2012-12-01; {words} until a key allows it"
    )
    assert gaps_of("IBM") == [(date(2012, 6, 4), date(2012, 7, 9), 25)]
    assert gap_words() == [
        "sessions of the exchange that are missing: 25; a key that allows outputsize=full brings them"
    ]
    assert ask("select count(*) from ops.quarantines") == [(0,)]


def test_a_paid_key_heals_the_gap_of_a_free_one(market: Market) -> None:
    market.run("IBM")
    market.run("IBM", at=HALF_A_YEAR)
    assert [sessions for *_, sessions in gaps_of("IBM")] == [25]
    market.use_key(PAID)

    reasons = market.run("IBM", at=HALF_A_YEAR + timedelta(days=3))

    assert "; full: 25 sessions are missing, from 2012-06-04 to 2012-07-09, and compact has" in reasons["IBM"]
    assert gaps_of("IBM") == []
    assert days_of("IBM")[0] == date(2000, 3, 1)


def test_a_paid_key_is_asked_for_everything_once_and_again_after_a_pause(market: Market) -> None:
    market.use_key(PAID)
    first = market.run("IBM", "AAPL")
    held = len(days_of("IBM"))
    second = market.run("IBM", "AAPL", at=datetime(2012, 6, 5, 12, tzinfo=UTC))
    assert (held, len(days_of("IBM")) - held) == (3_084, 1)

    third = market.run("IBM", "AAPL", at=HALF_A_YEAR)
    fourth = market.run("IBM", "AAPL", at=HALF_A_YEAR + timedelta(days=3))

    assert first["IBM"] == "never fetched; full: its whole history was never fetched"
    assert second["IBM"].endswith("; compact: its whole history came on 2012-06-02")
    assert "; full: 24 sessions are missing, from 2012-06-05 to 2012-07-09" in third["IBM"]
    assert fourth["IBM"].endswith("; compact: its whole history came on 2012-12-01")
    assert gaps_of("IBM") == gaps_of("AAPL") == []
    assert [outcome for _, outcome in outcomes()] == ["answered"] * 8


def test_a_short_pause_is_healed_by_the_next_call(market: Market) -> None:
    market.run("IBM")
    reasons = market.run("IBM", at=BEGIN + timedelta(days=29))

    assert "compact" in reasons["IBM"]
    assert (gaps_of("IBM"), len(days_of("IBM"))) == ([], 120)


def test_a_day_that_the_whole_history_lacked_too_is_not_asked_for_again(market: Market) -> None:
    market.use_key(PAID)
    market.run("IBM")
    with connect() as connection:  # as if the source had not had it
        connection.execute("delete from silver.daily_prices where trade_date = '2005-05-10'")

    reasons = market.run("IBM", at=datetime(2012, 6, 5, 12, tzinfo=UTC))

    assert reasons["IBM"].endswith("; compact: its whole history came on 2012-06-02")
    assert gaps_of("IBM") == [(date(2005, 5, 10), date(2005, 5, 10), 1)]
    assert [words.partition("; ")[2] for words in gap_words()] == ["the whole history of 2012-06-02 lacks them too"]
    assert market.run("IBM", force=True) == {"IBM": "forced; full: forced"}
    assert gaps_of("IBM") == []


def test_a_replay_gives_the_same_days(market: Market) -> None:
    market.run("IBM", "AAPL")
    market.run("IBM", "AAPL", at=HALF_A_YEAR)
    market.use_key(PAID)
    market.run("IBM", at=HALF_A_YEAR + timedelta(days=3))
    before, calls = ask(CONTENT), len(outcomes())
    assert len(before) == 3_210 + 200

    with connect() as connection:
        connection.execute("truncate silver.daily_prices, silver.loaded_payloads")
    steps.replay("replay_bronze:run")

    assert ask(CONTENT) == before
    assert len(outcomes()) == calls
