"""When the exchange of a symbol trades: which day and which week has closed, as of a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
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
UNKNOWN = Exchange(None, "UTC")  # a suffix that nobody has met
# By the suffixes of Alpha Vantage (mostly three letters) and of Yahoo. Athens (AT) and Bucharest (RO) are left out:
# exchange_calendars 4.13 computes their Orthodox Easter in a way that pandas 3 refuses (NotImplementedError).
EXCHANGES = {
    ("A", "B"): NEW_YORK,  # share classes, as in BRK.B; XNYS stands for every exchange of the United States
    ("TRT", "TRV", "TO", "V", "CN", "NE"): Exchange("XTSE", "America/Toronto"),
    ("MEX", "MX"): Exchange("XMEX", "America/Mexico_City"),
    ("SAO", "SA"): Exchange("BVMF", "America/Sao_Paulo"),
    ("BUE", "BA"): Exchange("XBUE", "America/Argentina/Buenos_Aires"),
    ("SGO", "SN"): Exchange("XSGO", "America/Santiago"),
    ("BOG", "CL"): Exchange("XBOG", "America/Bogota"),
    ("LIM", "LM"): Exchange("XLIM", "America/Lima"),
    ("LON", "L", "IL"): Exchange("XLON", "Europe/London"),
    ("DUB", "IR"): Exchange("XDUB", "Europe/Dublin"),
    ("DEX", "DE"): Exchange("XETR", "Europe/Berlin"),
    ("FRK", "F", "BE", "BM", "HA", "MU"): Exchange("XFRA", "Europe/Berlin"),
    ("STU", "SG"): Exchange("XSTU", "Europe/Berlin"),
    ("DUS", "DU"): Exchange("XDUS", "Europe/Berlin"),
    ("HAM", "HM"): Exchange("XHAM", "Europe/Berlin"),
    ("PAR", "PA"): Exchange("XPAR", "Europe/Paris"),
    ("AMS", "AS"): Exchange("XAMS", "Europe/Amsterdam"),
    ("BRU", "BR"): Exchange("XBRU", "Europe/Brussels"),
    ("LIS", "LS"): Exchange("XLIS", "Europe/Lisbon"),
    ("MIL", "MI"): Exchange("XMIL", "Europe/Rome"),
    ("MAD", "MC"): Exchange("XMAD", "Europe/Madrid"),
    ("SWX", "SW"): Exchange("XSWX", "Europe/Zurich"),
    ("VIE", "VI"): Exchange("XWBO", "Europe/Vienna"),
    ("CPH", "CO"): Exchange("XCSE", "Europe/Copenhagen"),
    ("STO", "ST"): Exchange("XSTO", "Europe/Stockholm"),
    ("OSL", "OL"): Exchange("XOSL", "Europe/Oslo"),
    ("HEL", "HE"): Exchange("XHEL", "Europe/Helsinki"),
    ("ICE", "IC"): Exchange("XICE", "Atlantic/Reykjavik"),
    ("TAL", "TL"): Exchange("XTAL", "Europe/Tallinn"),
    ("RIG", "RG"): Exchange("XRIS", "Europe/Riga"),
    ("VSE", "VS"): Exchange("XLIT", "Europe/Vilnius"),
    ("WAR", "WA"): Exchange("XWAR", "Europe/Warsaw"),
    ("PRA", "PR"): Exchange("XPRA", "Europe/Prague"),
    ("BUD", "BD"): Exchange("XBUD", "Europe/Budapest"),
    ("ZSE", "ZA"): Exchange("XZAG", "Europe/Zagreb"),
    ("MCX", "ME"): Exchange("XMOS", "Europe/Moscow"),
    ("IST", "IS"): Exchange("XIST", "Europe/Istanbul"),
    ("JSE", "JO"): Exchange("XJSE", "Africa/Johannesburg"),
    ("KAR", "KA"): Exchange("XKAR", "Asia/Karachi"),
    ("BSE", "BO"): Exchange("XBOM", "Asia/Kolkata", start="1997-01-01"),
    ("NSE", "NS"): Exchange(None, "Asia/Kolkata"),
    ("BKK", "BK"): Exchange("XBKK", "Asia/Bangkok"),
    ("JKT", "JK"): Exchange("XIDX", "Asia/Jakarta"),
    ("KLS", "KL"): Exchange("XKLS", "Asia/Kuala_Lumpur"),
    ("SGX", "SI"): Exchange("XSES", "Asia/Singapore"),
    ("PSE", "PS"): Exchange("XPHS", "Asia/Manila"),
    ("SHH", "SHZ", "SS", "SZ"): Exchange("XSHG", "Asia/Shanghai"),
    ("HKG", "HK"): Exchange("XHKG", "Asia/Hong_Kong"),
    ("TAI", "TW", "TWO"): Exchange("XTAI", "Asia/Taipei"),
    ("KRX", "KS", "KQ"): Exchange("XKRX", "Asia/Seoul"),
    ("TYO", "T"): Exchange("XTKS", "Asia/Tokyo", start="1997-01-01"),
    ("ASX", "AX", "XA"): Exchange("XASX", "Australia/Sydney"),
    ("NZE", "NZ"): Exchange("XNZE", "Pacific/Auckland"),
}
BY_SUFFIX = {suffix: exchange for suffixes, exchange in EXCHANGES.items() for suffix in suffixes}
# Their week runs from Sunday to Thursday, so "the Friday it ends on" means nothing there.
SUNDAY_TO_THURSDAY = frozenset({"TLV", "TA", "SAU", "SR", "QAT", "QA", "KWT", "KW", "EGX", "CA"})


def exchange_of(symbol: str) -> Exchange:
    """The exchange a symbol's suffix names, New York where there is none; of another suffix weekdays are sessions."""
    suffix = _suffix(symbol)
    return BY_SUFFIX.get(suffix, UNKNOWN) if suffix else NEW_YORK


def trades_sunday_to_thursday(symbol: str) -> bool:
    """Whether the exchange's week is not the Monday-to-Friday week that the lakehouse counts in."""
    return _suffix(symbol) in SUNDAY_TO_THURSDAY


def week_ending_of(day: date) -> date:
    """The Friday of the Monday-to-Sunday week of a day."""
    return day + timedelta(days=FRIDAY - day.weekday())


def last_session_of_week(symbol: str, week_ending: date) -> date | None:
    """The last scheduled session of a week; None in a week without any."""
    sessions = sessions_between(exchange_of(symbol), week_ending - timedelta(days=4), week_ending + timedelta(days=2))
    return max(sessions, default=None)


def is_week_complete(symbol: str, price_date: date, *, known_at: datetime) -> bool:
    """Whether the week of a payload's newest row, of `price_date`, can no longer change by trading.

    Complete means: nothing scheduled followed in that week, and the day itself was over where the exchange stands, when
    the payload was fetched; or that was after `closed_whatever_traded`.
    """
    return known_at >= week_closes_at(symbol, price_date)


def week_closes_at(symbol: str, price_date: date) -> datetime:
    """From when on a payload whose newest row is of `price_date` closes the week of that row."""
    week_ending = week_ending_of(price_date)
    last_session = last_session_of_week(symbol, week_ending)
    is_last = last_session is None or price_date >= last_session
    return day_closes_at(symbol, price_date) if is_last else closed_whatever_traded(symbol, week_ending)


def closed_whatever_traded(symbol: str, week_ending: date) -> datetime:
    """From when on a payload closes a week, whatever the calendar did not know, as Hong Kong's typhoon of 2023-09-01.

    Wednesday of the next week, where the exchange stands: on Monday the source is often a day late.
    """
    tuesday = week_ending + timedelta(days=4)
    return day_closes_at(symbol, tuesday)


def day_closes_at(symbol: str, day: date) -> datetime:
    """When a day is over where the exchange stands."""
    zone = ZoneInfo(exchange_of(symbol).zone)
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def day_at(symbol: str, at: datetime) -> date:
    """The day that a moment falls on where the exchange stands."""
    return at.astimezone(ZoneInfo(exchange_of(symbol).zone)).date()


def last_closed_session(symbol: str, at: datetime) -> date:
    """The newest session whose day was over at a moment."""
    today = day_at(symbol, at)
    # No exchange has been closed for longer, New York's week of September 2001 and Shanghai's New Year included.
    return max(sessions_between(exchange_of(symbol), today - timedelta(days=21), today - timedelta(days=1)))


def next_session_to_close(symbol: str, at: datetime) -> date:
    """The oldest session whose day was not over at a moment."""
    closed = last_closed_session(symbol, at)
    return min(sessions_between(exchange_of(symbol), closed + timedelta(days=1), closed + timedelta(days=21)))


def last_closed_week(symbol: str, at: datetime) -> date:
    """The Friday of the newest week in which no session was left at a moment."""
    session = last_closed_session(symbol, at)
    week = week_ending_of(session)
    return week if session == last_session_of_week(symbol, week) else week - timedelta(days=7)


def last_closed_weeks(symbols: Iterable[str], at: datetime) -> dict[str, date]:
    """The newest closed week of each exchange that the symbols name, by their suffix ("" where there is none)."""
    one_of_each = {_suffix(symbol): symbol for symbol in symbols}
    return {suffix: last_closed_week(symbol, at) for suffix, symbol in one_of_each.items()}


@lru_cache(maxsize=4096)  # ten thousand tickers ask for the same few weeks of the same few exchanges
def sessions_between(exchange: Exchange, first: date, last: date) -> tuple[date, ...]:
    """The scheduled sessions of an exchange from one day to another, both included."""
    scheduled, begins, ends = _read_calendar(exchange)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    # Some calendars end with the current year: outside of its range a calendar knows nothing.
    return tuple(day for day in days if (day in scheduled if begins <= day <= ends else day.weekday() <= FRIDAY))


def _suffix(symbol: str) -> str:
    return symbol.rpartition(".")[2].upper() if "." in symbol else ""


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
