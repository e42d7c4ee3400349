"""Which day and which week has closed, on several exchanges."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from exchange_calendars import get_calendar

from include.exchanges import (
    BY_SUFFIX,
    EXCHANGES,
    NEW_YORK,
    _read_calendar,
    is_week_complete,
    last_closed_session,
    last_closed_week,
    last_closed_weeks,
    trades_sunday_to_thursday,
    week_ending_of,
)


@pytest.mark.parametrize(
    ("day", "friday"),
    [
        ("2024-04-15", "2024-04-19"),  # Monday
        ("2024-04-19", "2024-04-19"),
        ("2024-04-20", "2024-04-19"),  # a Saturday session in Bombay
        ("2024-04-21", "2024-04-19"),
        ("2001-09-10", "2001-09-14"),
    ],
)
def test_a_week_is_the_friday_of_its_monday_to_sunday(day: str, friday: str) -> None:
    assert week_ending_of(date.fromisoformat(day)) == date.fromisoformat(friday)


@pytest.mark.parametrize(
    ("symbol", "price_date", "known_at", "is_complete"),
    [
        ("IBM", "2026-04-02", "2026-04-03T12:00Z", True),  # Good Friday follows
        ("IBM", "2023-06-22", "2023-06-23T12:00Z", False),  # Friday is to come
        ("IBM", "2024-04-15", "2024-04-16T12:00Z", False),
        ("IBM", "2024-04-19", "2024-04-20T03:59Z", False),  # one minute to midnight in New York
        ("IBM", "2024-04-19", "2024-04-20T04:00Z", True),
        ("IBM", "2024-04-18", "2024-04-24T03:59Z", False),  # one minute to Wednesday in New York
        ("IBM", "2024-04-18", "2024-04-24T04:00Z", True),  # fetched on Wednesday: whatever the calendar did not know
        ("WDP.BR", "2020-07-02", "2020-07-03T12:00Z", False),  # a holiday in New York alone
        ("WDP.BRU", "2020-04-09", "2020-04-10T12:00Z", True),  # Good Friday in Brussels
        ("BRK.B", "2020-07-02", "2020-07-03T12:00Z", True),  # a share class: New York's holiday
        ("X.NOWHERE", "2020-07-02", "2020-07-03T12:00Z", False),  # unknown: every weekday is a session
        ("X.NOWHERE", "2020-07-03", "2020-07-04T00:00Z", True),
        ("005930.KS", "2023-09-27", "2023-09-28T00:00Z", True),  # Chuseok from Thursday on
        ("0700.HK", "2023-08-31", "2023-09-05T15:59Z", False),  # a typhoon closed Friday, which no calendar knew
        ("0700.HK", "2023-08-31", "2023-09-05T16:00Z", True),  # Wednesday in Hong Kong
        ("TSCO.LON", "2024-03-28", "2024-03-29T12:00Z", True),  # Good Friday in London
        ("RELIANCE.BSE", "2024-01-20", "2024-01-21T00:00Z", True),  # a special Saturday session
        ("600036.SHH", "2024-02-08", "2024-02-09T00:00Z", True),  # Lunar New Year begins on the Friday
        ("600036.SHH", "2024-02-23", "2024-02-23T15:59Z", False),
        ("600036.SHH", "2024-02-23", "2024-02-23T16:00Z", True),  # Friday is over in Shanghai
        ("INFY.NSE", "2024-01-26", "2024-01-27T00:00Z", True),  # no calendar: every weekday is a session
        ("INFY.NSE", "2024-01-25", "2024-01-27T00:00Z", False),
        ("RELIANCE.BSE", "2040-01-06", "2040-01-07T00:00Z", True),  # beyond the calendar: weekdays
        ("RELIANCE.BSE", "2040-01-05", "2040-01-07T00:00Z", False),
    ],
)
def test_a_week_is_complete_when_no_session_of_it_is_to_come(
    symbol: str, price_date: str, known_at: str, is_complete: bool
) -> None:
    known = datetime.fromisoformat(known_at)

    assert is_week_complete(symbol, date.fromisoformat(price_date), known_at=known) is is_complete


@pytest.mark.parametrize(
    ("symbol", "at", "session", "week"),
    [
        ("IBM", "2024-04-22T12:00Z", "2024-04-19", "2024-04-19"),  # Monday noon
        ("IBM", "2024-04-18T12:00Z", "2024-04-17", "2024-04-12"),
        ("IBM", "2024-03-29T12:00Z", "2024-03-28", "2024-03-29"),  # Good Friday: Thursday closed the week
        ("IBM", "2001-09-15T12:00Z", "2001-09-10", "2001-09-14"),  # closed from Tuesday on
        ("600036.SHH", "2024-02-16T12:00Z", "2024-02-08", "2024-02-09"),  # a whole week without a session
        ("IBM", "2100-01-04T12:00Z", "2100-01-01", "2100-01-01"),  # beyond every calendar
    ],
)
def test_the_newest_closed_session_and_week_follow_the_calendar(symbol: str, at: str, session: str, week: str) -> None:
    moment = datetime.fromisoformat(at)

    assert last_closed_session(symbol, moment) == date.fromisoformat(session)
    assert last_closed_week(symbol, moment) == date.fromisoformat(week)


def test_each_exchange_has_its_own_newest_closed_week() -> None:
    at_lunar_new_year = datetime.fromisoformat("2024-02-17T12:00Z")

    weeks = last_closed_weeks(["IBM", "600036.SHH", "AAPL", "600000.SHH"], at_lunar_new_year)

    assert weeks == {"": date(2024, 2, 16), "SHH": date(2024, 2, 9)}


def test_every_calendar_named_in_the_table_exists() -> None:
    named = {exchange for exchange in (*BY_SUFFIX.values(), NEW_YORK) if exchange.calendar}
    assert len(named) == 52

    assert [exchange.calendar for exchange in named if not _read_calendar(exchange)[0]] == []


def test_a_suffix_names_one_exchange() -> None:
    assert len(BY_SUFFIX) == sum(map(len, EXCHANGES))


def test_each_exchange_has_the_time_of_its_calendar() -> None:
    noon = datetime(2026, 1, 15, 12)
    calendars = {exchange.calendar: exchange.zone for exchange in BY_SUFFIX.values() if exchange.calendar}
    del calendars["XBOG"]  # of Bogota, exchange_calendars says New York
    assert len(calendars) > 40

    assert {
        calendar: zone
        for calendar, zone in calendars.items()
        if noon.replace(tzinfo=ZoneInfo(zone)) != noon.replace(tzinfo=get_calendar(calendar).tz)
    } == {}


def test_a_week_from_sunday_to_thursday_is_out_of_scope() -> None:
    assert trades_sunday_to_thursday("TEVA.TLV")
    assert not trades_sunday_to_thursday("TLV")
    assert not trades_sunday_to_thursday("IBM")
