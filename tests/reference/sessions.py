"""When the exchange of a symbol trades, by exchange_calendars."""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

FRIDAY = 4
NEW_YORK = ("XNYS", "America/New_York")
# By suffix, Alpha Vantage's and Yahoo's.
EXCHANGES = {
    "LON L": ("XLON", "Europe/London"),
    "TRT TRV TO V": ("XTSE", "America/Toronto"),
    "DEX DE": ("XETR", "Europe/Berlin"),
    "FRK F": ("XFRA", "Europe/Berlin"),
    "PAR PA": ("XPAR", "Europe/Paris"),
    "AMS AS": ("XAMS", "Europe/Amsterdam"),
    "BRU BR": ("XBRU", "Europe/Brussels"),
    "SWX SW": ("XSWX", "Europe/Zurich"),
    "BSE BO": ("XBOM", "Asia/Kolkata"),
    "SHH SHZ SS SZ": ("XSHG", "Asia/Shanghai"),
    "HKG HK": ("XHKG", "Asia/Hong_Kong"),
    "TYO T": ("XTKS", "Asia/Tokyo"),
    "SAO SA": ("BVMF", "America/Sao_Paulo"),
    "AX": ("XASX", "Australia/Sydney"),
}
BY_SUFFIX = {suffix: exchange for suffixes, exchange in EXCHANGES.items() for suffix in suffixes.split()}
UNKNOWN = (None, "UTC")  # a suffix that the table does not know: every weekday is a session


def week_ending_of(day: date) -> date:
    """The Friday of the Monday-to-Sunday week of a day."""
    return day + timedelta(days=FRIDAY - day.weekday())


def is_week_complete(symbol: str, price_date: date, fetched_at: datetime) -> bool:
    """Whether the newest week of a payload, whose newest row is of `price_date`, can no longer change by trading."""
    calendar, zone = _exchange_of(symbol)
    week_ending = week_ending_of(price_date)
    wednesday_after = week_ending + timedelta(days=5)
    if fetched_at >= _midnight(wednesday_after, zone):
        return True
    last_session = _last_session(calendar, week_ending) or price_date
    return price_date >= last_session and fetched_at >= _midnight(last_session + timedelta(days=1), zone)


def sessions_between(symbol: str, after: date, before: date) -> list[date]:
    """The sessions of a symbol's exchange after one day and before another; weekdays where nobody keeps a calendar."""
    calendar, _ = _exchange_of(symbol)
    days = [after + timedelta(days=number) for number in range(1, (before - after).days)]
    return [day for day in days if (day in _sessions(calendar) if calendar else day.weekday() <= FRIDAY)]


def _exchange_of(symbol: str) -> tuple[str | None, str]:
    _, dot, suffix = symbol.rpartition(".")
    return BY_SUFFIX.get(suffix.upper(), UNKNOWN) if dot else NEW_YORK


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


def _last_session(calendar: str | None, week_ending: date) -> date | None:
    days = [week_ending + timedelta(days=offset) for offset in range(2, -5, -1)]  # from Sunday back to Monday
    sessions = _sessions(calendar) if calendar else frozenset[date]()
    if not sessions or not min(sessions) <= days[-1] <= days[0] <= max(sessions):
        return week_ending
    return next((day for day in days if day in sessions), None)


@cache
def _sessions(calendar: str) -> frozenset[date]:
    import exchange_calendars  # takes a second

    return frozenset(session.date() for session in exchange_calendars.get_calendar(calendar).sessions)
