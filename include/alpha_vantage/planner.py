"""Decide before the first call which series are worth a credit. Pure: facts in, a plan out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from include.exchanges import (
    NEW_YORK,
    closed_whatever_traded,
    day_closes_at,
    exchange_of,
    last_closed_session,
    last_closed_week,
    next_session_to_close,
    trades_sunday_to_thursday,
)
from include.observability.ticker_ledger import PlanLine, TickerStatus
from include.sources import Cadence

REFUSED_FOR = timedelta(days=30)  # an unknown or premium symbol rarely becomes a known or free one sooner
MONTH = timedelta(days=30)
QUARTER = timedelta(days=92)  # the longest: a year holds four
LATE_FOR = timedelta(days=4)  # from Friday to Tuesday: what has not come by then comes with the next week
RUN_EVERY = timedelta(days=1)  # the fetching DAGs run daily
HELD = "its payload is in bronze and only needs loading"


@dataclass(frozen=True)
class SeriesState:
    """What the ledger, silver and the lake know of a series, by the market's clock."""

    answered_at: datetime | None = None
    refused_at: datetime | None = None
    refusal: str = ""  # in our words, then in the source's
    asked_at: datetime | None = None  # whatever came of it
    newest_closed_week: date | None = None  # in silver; weekly series only, None while the payload is quarantined
    open_week: date | None = None  # … the newest that silver calls open
    is_waiting_in_bronze: bool = False  # bronze holds a payload that silver has not judged
    quarantined: str | None = None  # why silver did not take in the newest payload, since when, and the way out
    is_contract_broken: bool = False  # … because nothing of it could be typed
    doubted_week: date | None = None  # lists of actions only: the newest unsure week that the list held is too old for
    unlisted_week: date | None = None  # … the newest week with an action that no list has


def plan_tickers(
    cadence: Cadence,
    symbols: Iterable[str],
    states: Mapping[str, SeriesState],
    *,
    now: datetime,
    credits_left: int,
    requests_per_day: int,
    force: bool = False,
) -> list[PlanLine]:
    """Order the tickers that are due by staleness and cut them at the budget; every ticker gets one line.

    Units:  `credits_left` in calls of the last 24 hours' budget that this series may spend.
    """
    decided = {
        symbol: _decide(cadence, symbol, states.get(symbol, SeriesState()), now, force=force) for symbol in symbols
    }
    due = [symbol for symbol, line in decided.items() if line.status is TickerStatus.PLANNED]
    stalest_first = sorted(due, key=lambda symbol: _staleness(states.get(symbol, SeriesState())))
    for position, symbol in enumerate(stalest_first[credits_left:]):
        # Functions with a higher priority use the whole budget: there is no next date to give.
        next_attempt_at = now + (1 + position // requests_per_day) * RUN_EVERY if requests_per_day else None
        is_paid = symbol in states and states[symbol].is_waiting_in_bronze
        status = TickerStatus.FETCHED if is_paid else TickerStatus.DEFERRED  # what is paid for is loaded meanwhile
        decided[symbol] = PlanLine(symbol, status, "beyond the budget of the day", next_attempt_at)
    is_due = set(due)
    not_due = [symbol for symbol in decided if symbol not in is_due]
    return [decided[symbol] for symbol in (*stalest_first, *not_due)]


def can_have_changed(cadence: Cadence, symbol: str, answered_at: datetime, now: datetime) -> bool:
    """Whether the source can know more now than it did at the last payload."""
    match cadence:
        case Cadence.WEEK:
            return last_closed_week(symbol, now) > last_closed_week(symbol, answered_at)
        case Cadence.SESSION:
            return last_closed_session(symbol, now) > last_closed_session(symbol, answered_at)
        case Cadence.MONTH:
            return now - answered_at >= MONTH
        case Cadence.ACTION:
            return now - answered_at >= QUARTER


def session_due_at(symbol: str, state: SeriesState) -> datetime | None:
    """From when on a series that changes with each session is worth a call; None where it always was."""
    moments = []
    if state.answered_at:
        moments.append(day_closes_at(symbol, next_session_to_close(symbol, state.answered_at)))
    if state.refused_at:
        moments.append(state.refused_at + REFUSED_FOR)
    return max(moments, default=None)


def _decide(  # noqa: PLR0911 one return per reason reads best
    cadence: Cadence, symbol: str, state: SeriesState, now: datetime, *, force: bool
) -> PlanLine:
    if trades_sunday_to_thursday(symbol):
        return PlanLine(symbol, TickerStatus.REFUSED, "its exchange trades Sunday to Thursday, which is out of scope")
    if force:
        return PlanLine(symbol, TickerStatus.PLANNED, "forced")
    if state.refused_at and now < state.refused_at + REFUSED_FOR:
        if state.is_waiting_in_bronze:
            return PlanLine(symbol, TickerStatus.FETCHED, HELD)
        refused = f"{state.refusal.removesuffix('.')}; asked again after {REFUSED_FOR.days} days, or with FORCE=1"
        return PlanLine(symbol, TickerStatus.REFUSED, refused, state.refused_at + REFUSED_FOR)
    if state.answered_at is None:
        return PlanLine(symbol, TickerStatus.PLANNED, "never fetched")
    if reason := _why_due(cadence, symbol, state, state.answered_at, now):
        return PlanLine(symbol, TickerStatus.PLANNED, reason)
    if state.is_waiting_in_bronze:
        return PlanLine(symbol, TickerStatus.FETCHED, HELD)
    if state.quarantined:
        return PlanLine(symbol, TickerStatus.QUARANTINED, state.quarantined)
    return _line_of_current(cadence, symbol, state, state.answered_at, now)


def _why_due(cadence: Cadence, symbol: str, state: SeriesState, answered_at: datetime, now: datetime) -> str | None:
    if state.is_contract_broken and last_closed_session(symbol, now) > last_closed_session(symbol, answered_at):
        return "a market day since its payload broke the contract"
    if _is_one_week_late(symbol, state, now):
        return "the source was late with the newest week"
    if can_have_changed(cadence, symbol, answered_at, now):
        begins = "a quarter has passed" if cadence is Cadence.ACTION else "can have changed"
        return f"{begins} since {answered_at:%Y-%m-%d %H:%M} UTC"
    if state.open_week and answered_at < closed_whatever_traded(symbol, state.open_week) <= now:
        return f"closes the week of {state.open_week}"
    return _why_list_is_wanted(state, answered_at) if now >= answered_at + MONTH else None


def _why_list_is_wanted(state: SeriesState, answered_at: datetime) -> str | None:
    # What a list of a later day left in doubt it cannot decide: that is not asked for again before the quarter is over.
    if state.doubted_week:
        return f"the action of the week of {state.doubted_week} is unsure"
    if state.unlisted_week and answered_at.date() <= state.unlisted_week:
        return f"the action of the week of {state.unlisted_week} is on no list yet"
    return None


def _line_of_current(
    cadence: Cadence, symbol: str, state: SeriesState, answered_at: datetime, now: datetime
) -> PlanLine:
    if state.open_week and state.open_week == last_closed_week(symbol, now):
        closes_at = closed_whatever_traded(symbol, state.open_week)
        if now < closes_at:
            reason = f"the week of {state.open_week} lacks its last day: its exchange was shut, or the source is late"
            return PlanLine(symbol, TickerStatus.CURRENT, reason, closes_at)
    if wanted := _why_list_is_wanted(state, answered_at):
        reason = f"{wanted}; asked for at most once in {MONTH.days} days"
        return PlanLine(symbol, TickerStatus.CURRENT, reason, answered_at + MONTH)
    nothing = "no action is new or unsure" if cadence is Cadence.ACTION else "cannot have changed"
    return PlanLine(symbol, TickerStatus.CURRENT, f"{nothing} since {answered_at:%Y-%m-%d %H:%M} UTC")


def _is_one_week_late(symbol: str, state: SeriesState, now: datetime) -> bool:
    # Ask again if exactly one closed week is missing; more than one usually means a delisted ticker.
    newest, closed = state.newest_closed_week, last_closed_week(symbol, now)
    is_recent = now.date() <= closed + LATE_FOR
    # Of a week without its last day, other exchanges than New York's may have been shut on that, as by a typhoon.
    may_be_whole = state.open_week == closed and exchange_of(symbol) != NEW_YORK
    return newest is not None and newest + timedelta(days=7) == closed and is_recent and not may_be_whole


def _staleness(state: SeriesState) -> float:
    # By the last attempt, not the last success, or a ticker that always fails would go first every day.
    asked_at = state.asked_at or state.answered_at
    return asked_at.timestamp() if asked_at else float("-inf")
