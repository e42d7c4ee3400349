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
from include.serving.missing_sessions import explain_gaps
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


def said_of_gaps(symbol: str, now: datetime) -> list[str]:
    """What the page *Technical* says of each gap at a moment."""
    schema = {"first_session": pl.Date, "last_session": pl.Date, "sessions": pl.Int64}
    gaps = pl.DataFrame(gaps_of(symbol), schema, orient="row").with_columns(symbol=pl.lit(symbol))
    return explain_gaps(get_settings(), gaps, now)["brought_by"].to_list()


def lose(*days: str) -> None:
    """Take sessions away from silver, as if the source had not had them."""
    with connect() as connection:
        connection.execute("delete from silver.daily_prices where trade_date = any(%s::date[])", (list(days),))


REFUSED = ("AAPL", "PremiumOutputSize")
LACKING = "nothing, for the source lacks them too: its whole history until 2012-06-01 came without them"
BROUGHT = "the next call, due with the next run, if the source has them"
PERHAPS = (
    "the next call, due with the next run, if the source has them by then: its whole history until "
    "2012-06-01 came without them"
)
WHOLE = "the next call, due with the next run, which asks for the whole history, if the key allows that"
NEEDS_A_KEY = (
    "only the whole history, which the key's plan refused on 2012-12-01: another key that allows "
    "outputsize=full is asked for it once, with its first call, and this one again from 2012-12-31 on"
)


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
    assert gap_words() == [f"sessions of the exchange that are missing: 25; what brings them: {NEEDS_A_KEY}"]
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
    lose("2005-05-10")

    reasons = market.run("IBM", at=datetime(2012, 6, 5, 12, tzinfo=UTC))

    assert reasons["IBM"].endswith("; compact: its whole history came on 2012-06-02")
    assert gaps_of("IBM") == [(date(2005, 5, 10), date(2005, 5, 10), 1)]
    assert gap_words() == [f"sessions of the exchange that are missing: 1; what brings them: {LACKING}"]
    assert market.run("IBM", force=True) == {"IBM": "forced; full: forced"}
    assert gaps_of("IBM") == []


def test_a_gap_within_the_newest_days_is_said_to_heal_when_the_next_session_is_over(market: Market) -> None:
    market.run("IBM")
    lose("2012-05-10")
    [words] = said_of_gaps("IBM", BEGIN)
    closes = datetime(2012, 6, 5, 4, tzinfo=UTC)  # when Monday is over in New York
    spent = calls_of("IBM")

    assert words == BROUGHT.replace("run,", "run after 2012-06-05 04:00 UTC,")
    assert "cannot have changed" in market.run("IBM", at=closes - timedelta(minutes=1))["IBM"]
    assert (calls_of("IBM"), len(gaps_of("IBM"))) == (spent, 1)
    assert said_of_gaps("IBM", closes) == [BROUGHT]
    market.run("IBM", at=closes)
    assert (calls_of("IBM"), gaps_of("IBM")) == (spent + 1, [])


@pytest.mark.parametrize(
    ("key", "lost", "at", "next_key", "words", "is_healed"),
    [
        (FREE, "2012-05-10", BEGIN + timedelta(days=29), FREE, BROUGHT, True),
        (FREE, "2012-05-10", HALF_A_YEAR, FREE, WHOLE, False),  # beyond the newest hundred by now
        (FREE, "2012-05-10", HALF_A_YEAR, PAID, WHOLE, True),
        (PAID, "2005-05-10", BEGIN + timedelta(days=3), PAID, LACKING, False),
        (PAID, "2012-05-10", BEGIN + timedelta(days=3), PAID, PERHAPS, True),
    ],
)
def test_what_is_said_of_a_gap_is_what_the_next_call_does(
    market: Market, key: str, lost: str, at: datetime, next_key: str, words: str, *, is_healed: bool
) -> None:
    market.use_key(key)
    market.run("IBM")
    lose(lost)
    market.use_key(next_key)

    assert said_of_gaps("IBM", at) == [words]

    reasons = market.run("IBM", at=at)
    assert ("; full: " in reasons["IBM"]) == (words == WHOLE)
    assert (date.fromisoformat(lost) in days_of("IBM")) == is_healed


def test_the_session_that_was_open_when_the_whole_history_came_is_not_the_sources_gap(market: Market) -> None:
    market.use_key(PAID)
    market.run("IBM", at=datetime(2012, 6, 5, 12, tzinfo=UTC))
    market.run("IBM", at=datetime(2012, 6, 7, 12, tzinfo=UTC))
    lose("2012-06-05")

    assert said_of_gaps("IBM", HALF_A_YEAR) == [WHOLE]
    assert "are missing, from 2012-06-05 to " in market.run("IBM", at=HALF_A_YEAR)["IBM"]
    assert gaps_of("IBM") == []


def test_an_older_gap_waits_for_another_key(market: Market) -> None:
    market.run("IBM")
    market.run("IBM", at=HALF_A_YEAR)
    later = HALF_A_YEAR + timedelta(days=3)

    assert said_of_gaps("IBM", later) == [NEEDS_A_KEY]
    assert said_of_gaps("IBM", HALF_A_YEAR + timedelta(days=31)) == [WHOLE]
    assert "; compact: " in market.run("IBM", at=later)["IBM"]
    assert len(gaps_of("IBM")) == 1

    market.use_key(PAID)
    assert "; full: " in market.run("IBM", at=later + timedelta(days=1))["IBM"]
    assert gaps_of("IBM") == []


def test_of_a_gap_that_silver_holds_by_now_the_next_publication_is_named(market: Market) -> None:
    market.run("IBM")
    published = pl.DataFrame({"symbol": ["IBM"], "first_session": days_of("IBM")[5], "last_session": days_of("IBM")[6]})

    said = explain_gaps(get_settings(), published, BEGIN)["brought_by"].item()

    assert said == "the next publication, for they have come since"


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
