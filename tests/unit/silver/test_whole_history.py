"""Whether all of a series is asked for or its newest days, and the words of it."""

from datetime import UTC, date, datetime

import pytest

from include.alpha_vantage.key_permissions import KeyPermission
from include.observability.ticker_ledger import PlanLine, TickerStatus
from include.silver.whole_history import Gap, HeldDays, choose_size

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)  # Saturday; the hundredth session back is 2024-01-09
FRIDAY = date(2024, 5, 31)
YESTERDAY = datetime(2024, 5, 31, 12, tzinfo=UTC)
PAID, FREE = (KeyPermission(is_allowed, datetime(2024, 5, 20, tzinfo=UTC)) for is_allowed in (True, False))
WHOLE = datetime(2024, 1, 2, 12, tzinfo=UTC)
OLD = Gap(date(2024, 1, 4), date(2024, 1, 5), 2)
LONGER = Gap(date(2024, 1, 5), date(2024, 2, 20), 31)
RECENT = Gap(date(2024, 1, 9), date(2024, 1, 9), 1)  # just within the newest hundred


def chosen(
    held: HeldDays,
    permission: KeyPermission | None = PAID,
    *,
    symbol: str = "IBM",
    now: datetime = NOW,
    force: bool = False,
) -> tuple[bool | None, str]:
    line = PlanLine(symbol, TickerStatus.PLANNED, "due")
    said = choose_size(line, held, permission, usual_rows=100, now=now, force=force)
    assert said.reason.startswith("due; ")
    return said.asks_whole, said.reason.removeprefix("due; ")


def held(*gaps: Gap, whole_at: datetime | None = WHOLE, newest: date = FRIDAY) -> HeldDays:
    return HeldDays(newest, YESTERDAY, whole_at, gaps)


@pytest.mark.parametrize("permission", [PAID, None])
def test_a_series_that_never_came_whole_is_asked_for_whole(permission: KeyPermission | None) -> None:
    assert chosen(HeldDays(), permission) == (True, "full: its whole history was never fetched")
    assert chosen(held(whole_at=None), permission) == (True, "full: its whole history was never fetched")


def test_one_that_came_whole_is_asked_for_its_newest_days() -> None:
    assert chosen(held()) == (False, "compact: its whole history came on 2024-01-02")


def test_a_key_that_was_refused_gets_the_newest_days() -> None:
    words = "compact, the newest 100 days: the key's plan refused outputsize=full on 2024-05-20"

    assert chosen(HeldDays(), FREE) == (False, words)
    assert chosen(HeldDays(), FREE, force=True) == (False, words)


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ([OLD], "2 sessions are missing, from 2024-01-04 to 2024-01-05"),
        ([LONGER], "31 sessions are missing, from 2024-01-05 to 2024-02-20"),
        ([OLD, LONGER, RECENT], "33 sessions are missing, from 2024-01-04 to 2024-02-20"),
        ([Gap(date(2024, 1, 8), date(2024, 1, 8), 1)], "1 session is missing, from 2024-01-08 to 2024-01-08"),
    ],
)
def test_a_gap_that_reaches_beyond_the_newest_days_is_asked_for_or_named(gaps: list[Gap], words: str) -> None:
    refused = "the key's plan refused outputsize=full on 2024-05-20"

    assert chosen(held(*gaps)) == (True, f"full: {words}, and compact has the newest 100 days alone")
    assert chosen(held(*gaps), FREE) == (False, f"compact: {refused}; {words} until a key allows it")


def test_a_gap_within_the_newest_days_is_not() -> None:
    assert chosen(held(RECENT))[0] is False


@pytest.mark.parametrize(("day", "asks_whole"), [("2024-06-02", False), ("2024-06-03", True)])
def test_a_session_that_is_not_over_takes_a_place_among_the_newest_days(day: str, asks_whole: bool) -> None:
    assert chosen(held(RECENT), now=datetime.fromisoformat(f"{day}T12:00Z"))[0] is asks_whole


@pytest.mark.parametrize(
    ("newest", "answered", "asks_whole"),
    [
        ("2024-01-08", "2024-01-09T12:00Z", False),  # the newest hundred join it
        ("2024-01-05", "2024-01-06T12:00Z", True),  # a session is missing between
        ("2020-03-02", "2024-05-31T12:00Z", False),  # delisted: the source had no more yesterday
        ("2020-03-02", "2023-12-01T12:00Z", True),  # … but may have traded since
    ],
)
def test_a_pause_is_counted_from_what_was_known_last(newest: str, answered: str, asks_whole: bool) -> None:
    days = HeldDays(date.fromisoformat(newest), datetime.fromisoformat(answered), WHOLE)

    assert chosen(days)[0] is asks_whole


def test_forced_it_is_asked_for_whole() -> None:
    assert chosen(held(), force=True) == (True, "full: forced")


def test_the_calendar_is_that_of_the_exchange() -> None:
    tuesday_after_easter = datetime(2024, 4, 2, 12, tzinfo=UTC)
    days = HeldDays(date(2023, 11, 8), datetime(2023, 11, 9, 12, tzinfo=UTC), WHOLE)

    assert chosen(days, symbol="IBM", now=tuesday_after_easter)[0] is False
    assert chosen(days, symbol="X.NOWHERE", now=tuesday_after_easter)[0] is True


@pytest.mark.parametrize("status", [status for status in TickerStatus if status is not TickerStatus.PLANNED])
def test_of_a_ticker_that_is_not_asked_for_nothing_is_said(status: TickerStatus) -> None:
    line = PlanLine("IBM", status, "a reason")

    assert choose_size(line, HeldDays(), None, usual_rows=100, now=NOW) == line
