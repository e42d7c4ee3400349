"""Decide before the first call which series are worth a credit. Pure: facts in, a plan out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from include.alpha_vantage.functions import Function
from include.exchanges import last_closed_session, last_closed_week, trades_sunday_to_thursday

REFUSED_FOR = timedelta(days=30)  # an unknown or premium symbol rarely becomes a known or free one sooner
OVERVIEW_KEEPS = timedelta(days=30)
LATE_FOR = timedelta(days=4)  # from Friday to Tuesday: what has not come by then comes with the next week
RUN_EVERY = timedelta(days=1)  # the fetching DAGs run daily
HELD = "its answer is held and only needs loading"
# Who may spend first when credits are short.
BUDGET_ORDER = (Function.WEEKLY_ADJUSTED, Function.OVERVIEW, Function.DAILY)


class Decision(StrEnum):
    """What the plan says of a ticker; also its first status in `ops.ticker_runs`.

    FETCHED means that an earlier run paid for the answer but died before silver had it: it costs no credit.
    QUARANTINED means that silver did not take in the newest payload, and the source cannot know another one yet.
    """

    PLANNED = "planned"
    FETCHED = "fetched"
    CURRENT = "current"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    DEFERRED = "deferred"


@dataclass(frozen=True)
class Look:
    """What is known of earlier looks at a series, by the market's clock."""

    answered_at: datetime | None = None
    refused_at: datetime | None = None
    asked_at: datetime | None = None  # whatever came of it
    newest_closed_week: date | None = None  # in silver; weekly series only, None while the payload is quarantined
    is_waiting_in_bronze: bool = False  # an answer is held that silver has not judged
    quarantined: str | None = None  # why silver did not take in the newest payload, since when, and the way out
    is_contract_broken: bool = False  # … because nothing of it could be typed


class PlannedTicker(NamedTuple):
    """One line of the plan."""

    symbol: str
    decision: Decision
    reason: str
    goes_on_at: datetime | None = None


def plan_tickers(
    function: Function,
    symbols: Iterable[str],
    looks: Mapping[str, Look],
    *,
    now: datetime,
    credits_left: int,
    requests_per_day: int,
    force: bool = False,
) -> list[PlannedTicker]:
    """Order the tickers that are due by staleness and cut them at the budget; every ticker gets one line.

    Units:  `credits_left` in calls of the last 24 hours' budget that this function may spend.
    """
    decided = {symbol: _decide(function, symbol, looks.get(symbol, Look()), now, force=force) for symbol in symbols}
    due = [symbol for symbol, line in decided.items() if line.decision is Decision.PLANNED]
    stalest_first = sorted(due, key=lambda symbol: _staleness(looks.get(symbol, Look())))
    for position, symbol in enumerate(stalest_first[credits_left:]):
        # Functions with a higher priority use the whole budget: there is no next date to give.
        goes_on_at = now + (1 + position // requests_per_day) * RUN_EVERY if requests_per_day else None
        is_paid = symbol in looks and looks[symbol].is_waiting_in_bronze
        decision = Decision.FETCHED if is_paid else Decision.DEFERRED  # what is paid for is loaded meanwhile
        decided[symbol] = PlannedTicker(symbol, decision, "beyond the budget of the day", goes_on_at)
    is_due = set(due)
    not_due = [symbol for symbol in decided if symbol not in is_due]
    return [decided[symbol] for symbol in (*stalest_first, *not_due)]


def can_have_changed(function: Function, symbol: str, answered_at: datetime, now: datetime) -> bool:
    """Whether the source can know more now than it did at the last answered look."""
    match function:
        case Function.WEEKLY_ADJUSTED:
            return last_closed_week(symbol, now) > last_closed_week(symbol, answered_at)
        case Function.DAILY:
            return last_closed_session(symbol, now) > last_closed_session(symbol, answered_at)
        case Function.OVERVIEW:
            return now - answered_at >= OVERVIEW_KEEPS


def _decide(  # noqa: PLR0911 one return per reason reads best
    function: Function, symbol: str, look: Look, now: datetime, *, force: bool
) -> PlannedTicker:
    if trades_sunday_to_thursday(symbol):
        return PlannedTicker(symbol, Decision.REFUSED, "its exchange trades Sunday to Thursday, which is out of scope")
    if force:
        return PlannedTicker(symbol, Decision.PLANNED, "forced")
    if look.refused_at and now < look.refused_at + REFUSED_FOR:
        if look.is_waiting_in_bronze:
            return PlannedTicker(symbol, Decision.FETCHED, HELD)
        reason = "the source refused it; asked again after 30 days, or with FORCE=1"
        return PlannedTicker(symbol, Decision.REFUSED, reason, look.refused_at + REFUSED_FOR)
    if look.answered_at is None:
        return PlannedTicker(symbol, Decision.PLANNED, "never fetched")
    if look.is_contract_broken and last_closed_session(symbol, now) > last_closed_session(symbol, look.answered_at):
        return PlannedTicker(symbol, Decision.PLANNED, "a market day since its payload broke the contract")
    if _is_one_week_late(symbol, look, now):
        return PlannedTicker(symbol, Decision.PLANNED, "the source was late with the newest week")
    if can_have_changed(function, symbol, look.answered_at, now):
        return PlannedTicker(symbol, Decision.PLANNED, f"can have changed since {look.answered_at:%Y-%m-%d %H:%M} UTC")
    if look.is_waiting_in_bronze:
        return PlannedTicker(symbol, Decision.FETCHED, HELD)
    if look.quarantined:
        return PlannedTicker(symbol, Decision.QUARANTINED, look.quarantined)
    return PlannedTicker(symbol, Decision.CURRENT, f"cannot have changed since {look.answered_at:%Y-%m-%d %H:%M} UTC")


def _is_one_week_late(symbol: str, look: Look, now: datetime) -> bool:
    # Ask again if exactly one closed week is missing; more than one usually means a delisted ticker.
    newest, closed = look.newest_closed_week, last_closed_week(symbol, now)
    is_recent = now.date() <= closed + LATE_FOR
    return newest is not None and newest + timedelta(days=7) == closed and is_recent


def _staleness(look: Look) -> float:
    # By the last attempt, not the last success: a ticker that always fails must not be first every day.
    asked_at = look.asked_at or look.answered_at
    return asked_at.timestamp() if asked_at else float("-inf")
