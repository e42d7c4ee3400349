"""Decisions of people, stored in the bucket beside the payloads, so that silver can be rebuilt from the bucket alone.

    bronze/decisions/market=<sample or live>                                                  (see market.py)
    bronze/decisions/new_history/symbol=<SYMBOL>/decided_at=<UTC basic ISO>_since=<UTC basic ISO>
    bronze/decisions/accepted_week/symbol=<SYMBOL>/week_ending=<Friday>/decided_at=<UTC basic ISO>_<what was accepted>

What was accepted is `close=<raw close>_adjusted=<adjusted close>_beside=<Friday>:<its adjusted close>`: the week with
the values it had, and a week beside it, because the source restates all adjusted closes together. `withdrawn` takes it
back.

The keys say everything; the objects are empty.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote, unquote

from include.bronze.keys import TIME_PATTERN, format_time, parse_time
from include.bronze.store import BronzeStore
from include.errors import ObjectCorrupt

ROOT = "bronze/decisions/"
NEW_HISTORY = f"{ROOT}new_history/symbol="
_NEW_HISTORY_KEY = re.compile(
    rf"{NEW_HISTORY}(?P<symbol>[^/]+)/decided_at=(?P<decided_at>{TIME_PATTERN})_since=(?P<since>{TIME_PATTERN})"
)
ACCEPTED_WEEK = f"{ROOT}accepted_week/symbol="
WITHDRAWN = "withdrawn"
_NUMBER = r"\d+(?:\.\d+)?"
_DAY = r"\d{4}-\d{2}-\d{2}"
_ACCEPTED_WEEK_KEY = re.compile(
    rf"{ACCEPTED_WEEK}(?P<symbol>[^/]+)/week_ending=(?P<week>{_DAY})/decided_at={TIME_PATTERN}_(?:(?P<withdrawn>withdrawn)|"
    rf"close=(?P<close>{_NUMBER})(?:_adjusted=(?P<adjusted>{_NUMBER}))?(?:_beside=(?P<beside>{_DAY}):(?P<other>{_NUMBER}))?)"
)


@dataclass(frozen=True)
class AcceptedWeek:
    """A week that a person looked at and believes, with the values it had then.

    Units:  prices in the listing's currency; `beside` is a week next to it, whose adjusted close was `other_adjusted`.
    """

    week_ending: date
    close: Decimal
    adjusted_close: Decimal | None = None
    beside: date | None = None
    other_adjusted: Decimal | None = None

    def __str__(self) -> str:
        adjusted = f"_adjusted={self.adjusted_close:f}" if self.adjusted_close is not None else ""
        beside = f"_beside={self.beside}:{self.other_adjusted:f}" if self.beside else ""
        return f"close={self.close:f}{adjusted}{beside}"


def begin_history(store: BronzeStore, symbol: str, *, since: datetime, decided_at: datetime) -> None:
    """Decide that what was fetched before a moment belongs to another security that had the ticker then.

    The payloads stay in the lake; silver no longer takes them in. A later decision overrules this one.
    """
    times = f"decided_at={format_time(decided_at)}_since={format_time(since)}"
    store.write_mark(f"{NEW_HISTORY}{quote(symbol, safe='')}/{times}")


def read_beginnings(store: BronzeStore) -> dict[str, datetime]:
    """For each reused ticker, the time from which its payloads belong to the security that has it now."""
    beginnings = {}
    for key in sorted(store.list_names(NEW_HISTORY)):  # of each symbol, the newest decision comes last
        match = _NEW_HISTORY_KEY.fullmatch(key)
        if match is None:
            raise ObjectCorrupt(f"{key}: not a key of the form {NEW_HISTORY}…/decided_at=…_since=…")
        beginnings[unquote(match["symbol"])] = parse_time(match["since"])
    return beginnings


def write_week_decision(
    store: BronzeStore, symbol: str, week_ending: date, accepted: AcceptedWeek | None, *, decided_at: datetime
) -> None:
    """Decide that a week's value is right, wild as it looks; or, with None, that it is to be judged again.

    Another value is judged anew.
    """
    place = f"{ACCEPTED_WEEK}{quote(symbol, safe='')}/week_ending={week_ending}"
    store.write_mark(f"{place}/decided_at={format_time(decided_at)}_{accepted or WITHDRAWN}")


def read_accepted_weeks(store: BronzeStore, symbol: str | None = None) -> dict[str, dict[date, AcceptedWeek]]:
    """By symbol and week, what was accepted and not withdrawn since."""
    prefix = ACCEPTED_WEEK if symbol is None else f"{ACCEPTED_WEEK}{quote(symbol, safe='')}/"
    accepted: dict[str, dict[date, AcceptedWeek]] = {}
    for key in sorted(store.list_names(prefix)):  # of each week, the newest decision comes last
        match = _ACCEPTED_WEEK_KEY.fullmatch(key)
        if match is None:
            raise ObjectCorrupt(f"{key}: not a key of the form {ACCEPTED_WEEK}…/week_ending=…/decided_at=…_close=…")
        week, weeks = date.fromisoformat(match["week"]), accepted.setdefault(unquote(match["symbol"]), {})
        if match[WITHDRAWN]:
            weeks.pop(week, None)
        else:
            weeks[week] = AcceptedWeek(
                week,
                Decimal(match["close"]),
                Decimal(match["adjusted"]) if match["adjusted"] else None,
                date.fromisoformat(match["beside"]) if match["beside"] else None,
                Decimal(match["other"]) if match["other"] else None,
            )
    return accepted
