"""What people decided lies in the lake, and whatever rebuilds silver obeys it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from include import steps
from include.bronze.decisions import NEW_HISTORY, begin_history, read_beginnings
from include.bronze.market import claim_bucket
from include.bronze.s3_errors import Lake
from include.bronze.store import BronzeStore, s3_client
from include.errors import MarketMismatch, ObjectCorrupt, SettingsError
from include.settings import Settings
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.connection import connect
from tests.market_server import MarketServer
from tests.payloads import bar, payload_of

WEEKLY = "weekly_adjusted_prices"
FIRST_DAY, SECOND_DAY = datetime(2013, 1, 7, 12, tzinfo=UTC), datetime(2013, 2, 4, 12, tzinfo=UTC)


@pytest.fixture
def store(settings: Settings) -> BronzeStore:
    return BronzeStore(s3_client(settings), Lake.of(settings))


@pytest.fixture
def reused_ticker(shared_market: MarketServer, store: BronzeStore) -> str:
    """A ticker whose second payload is another security's."""
    weeks = [str((FIRST_DAY - timedelta(days=3 + 7 * number)).date()) for number in range(12)]
    # The closes of one are not those of the other times a ratio, as in a split.
    for day, closes in ((FIRST_DAY, ("10", "10")), (SECOND_DAY, ("70", "70.4"))):
        body = payload_of({week: bar(close=closes[number % 2], low="1") for number, week in enumerate(weeks)}, "FOX")
        store.write_payload(WEEKLY_ADJUSTED.name, "FOX", body, fetched_at=day)
    return "FOX"


def closes() -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute("select distinct close::int from silver.weekly_adjusted_prices").fetchall()


def test_without_a_decision_the_first_security_keeps_the_ticker(reused_ticker: str) -> None:
    steps.replay("replay_bronze:1")

    assert closes() == [(10,)]


def test_a_new_history_outlives_every_later_replay(reused_ticker: str) -> None:
    steps.replay("replay_bronze:1")

    steps.replay("replay_bronze:2", symbols=[reused_ticker], first=SECOND_DAY, new_history=True)
    after = closes()
    counts = steps.replay("replay_bronze:3")

    assert after == closes() == [(70,)]
    assert counts["rows_changed"] == 0


def test_a_dry_run_decides_nothing(reused_ticker: str, store: BronzeStore) -> None:
    steps.replay("replay_bronze:1")

    counts = steps.replay("replay_bronze:2", symbols=[reused_ticker], first=SECOND_DAY, new_history=True, dry_run=True)

    assert counts["rows_changed"] == 12
    assert read_beginnings(store) == {}
    assert closes() == [(10,)]


def test_a_later_decision_overrules_an_earlier_one(store: BronzeStore) -> None:
    begin_history(store, "BC/PA", since=SECOND_DAY, decided_at=SECOND_DAY)
    begin_history(store, "BC/PA", since=FIRST_DAY, decided_at=SECOND_DAY + timedelta(hours=1))

    assert read_beginnings(store) == {"BC/PA": FIRST_DAY}


def test_a_decision_that_nobody_can_read_is_named(store: BronzeStore) -> None:
    store.write_mark(f"{NEW_HISTORY}IBM/yesterday")

    with pytest.raises(ObjectCorrupt, match="yesterday"):
        read_beginnings(store)


@pytest.mark.parametrize("given", [{"symbols": ["FOX"]}, {"first": FIRST_DAY}])
def test_a_new_history_needs_its_ticker_and_its_day(shared_market: MarketServer, given: dict[str, object]) -> None:
    replay: Callable[..., object] = steps.replay

    with pytest.raises(SettingsError, match="of which tickers"):
        replay("replay_bronze:1", new_history=True, **given)


def test_a_lake_holds_one_market(store: BronzeStore) -> None:
    claim_bucket(store, is_sample=True)
    claim_bucket(store, is_sample=True)

    with pytest.raises(MarketMismatch, match="the bucket holds the sample market, the settings ask for the live one"):
        claim_bucket(store, is_sample=False)
