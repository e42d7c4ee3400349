"""When the exchange of a symbol trades: which day and which week has closed, as of a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import exchange_calendars
from exchange_calendars.errors import CalendarError

FRIDAY = 4
FIRST_HISTORY = "1995-01-01"  # the oldest payloads seen reach back to 1995


@dataclass(frozen=True)
class Exchange:
    """A calendar of exchange_calendars and the place whose days it counts in."""

    calendar: str | None  # None: nobody keeps a calendar of it, so every weekday is taken for a session
    zone: str
    start: str = FIRST_HISTORY


NEW_YORK = Exchange("XNYS", "America/New_York")
# By Alpha Vantage's suffixes of the symbol; XNYS stands for every exchange of the United States.
EXCHANGES = {
    ("LON", "L"): Exchange("XLON", "Europe/London"),
    ("TRT", "TRV", "TO", "V"): Exchange("XTSE", "America/Toronto"),
    ("DEX", "DE"): Exchange("XETR", "Europe/Berlin"),
    ("FRK",): Exchange("XFRA", "Europe/Berlin"),
    ("PAR",): Exchange("XPAR", "Europe/Paris"),
    ("AMS",): Exchange("XAMS", "Europe/Amsterdam"),
    ("SWX",): Exchange("XSWX", "Europe/Zurich"),
    ("BSE",): Exchange("XBOM", "Asia/Kolkata", start="1997-01-01"),
    ("NSE",): Exchange(None, "Asia/Kolkata"),
    ("SHH", "SHZ"): Exchange("XSHG", "Asia/Shanghai"),
    ("HKG",): Exchange("XHKG", "Asia/Hong_Kong"),
    ("TYO",): Exchange("XTKS", "Asia/Tokyo", start="1997-01-01"),
    ("SAO", "SA"): Exchange("BVMF", "America/Sao_Paulo"),
    ("AX",): Exchange("XASX", "Australia/Sydney"),
}
BY_SUFFIX = {suffix: exchange for suffixes, exchange in EXCHANGES.items() for suffix in suffixes}
# Their week runs from Sunday to Thursday, so "the Friday it ends on" means nothing there.
SUNDAY_TO_THURSDAY = frozenset({"TLV", "TA", "SAU", "SR", "QAT", "KWT", "EGX"})


def exchange_of(symbol: str) -> Exchange:
    """The exchange a symbol's suffix names; New York where there is none or nobody knows it."""
    return BY_SUFFIX.get(_suffix(symbol), NEW_YORK)


def trades_sunday_to_thursday(symbol: str) -> bool:
    """Whether the exchange's week is not the Monday-to-Friday week that the lakehouse counts in."""
    return _suffix(symbol) in SUNDAY_TO_THURSDAY


def week_ending_of(day: date) -> date:
    """The Friday of the Monday-to-Sunday week of a day."""
    return day + timedelta(days=FRIDAY - day.weekday())


def last_session_of_week(symbol: str, week_ending: date) -> date | None:
    """The last scheduled session of a week; None in a week without any."""
    sessions = _sessions(exchange_of(symbol), week_ending - timedelta(days=4), week_ending + timedelta(days=2))
    return max(sessions, default=None)


def is_week_complete(symbol: str, price_date: date, *, known_at: datetime) -> bool:
    """Whether a week whose newest row is of `price_date` can no longer change by trading.

    Complete means: nothing scheduled follows in that week, and the day itself was over where the exchange stands.
    """
    last_session = last_session_of_week(symbol, week_ending_of(price_date))
    is_last = last_session is None or price_date >= last_session
    return is_last and known_at >= _end_of_day(exchange_of(symbol), price_date)


def last_closed_session(symbol: str, at: datetime) -> date:
    """The newest session whose day was over at a moment."""
    exchange = exchange_of(symbol)
    today = at.astimezone(ZoneInfo(exchange.zone)).date()
    # No exchange has been closed for longer, New York's week of September 2001 and Shanghai's New Year included.
    return max(_sessions(exchange, today - timedelta(days=21), today - timedelta(days=1)))


def last_closed_week(symbol: str, at: datetime) -> date:
    """The Friday of the newest week in which no session was left at a moment."""
    session = last_closed_session(symbol, at)
    week = week_ending_of(session)
    return week if session == last_session_of_week(symbol, week) else week - timedelta(days=7)


def last_closed_weeks(symbols: Iterable[str], at: datetime) -> dict[str, date]:
    """The newest closed week of each exchange that the symbols name, by their suffix ("" where there is none)."""
    one_of_each = {_suffix(symbol): symbol for symbol in symbols}
    return {suffix: last_closed_week(symbol, at) for suffix, symbol in one_of_each.items()}


def _suffix(symbol: str) -> str:
    return symbol.rpartition(".")[2].upper() if "." in symbol else ""


def _end_of_day(exchange: Exchange, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(exchange.zone)).astimezone(UTC)


def _sessions(exchange: Exchange, first: date, last: date) -> list[date]:
    scheduled, begins, ends = _read_calendar(exchange)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    # Some calendars end with the current year: outside of its range a calendar knows nothing.
    return [day for day in days if (day in scheduled if begins <= day <= ends else day.weekday() <= FRIDAY)]


@cache
def _read_calendar(exchange: Exchange) -> tuple[frozenset[date], date, date]:
    """The sessions of an exchange, and the first and the last day that its calendar knows."""
    nothing = frozenset[date](), date.max, date.min
    if exchange.calendar is None:
        return nothing
    try:
        calendar = exchange_calendars.get_calendar(exchange.calendar, start=exchange.start)
    except (CalendarError, ValueError):
        return nothing
    sessions = frozenset(session.date() for session in calendar.sessions)
    return sessions, calendar.first_session.date(), calendar.last_session.date()
