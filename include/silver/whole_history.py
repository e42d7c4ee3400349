"""Whether a call asks for all of a series or its newest rows, by what silver lacks and the key allows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from include.alpha_vantage.key_permissions import KeyPermission
from include.exchanges import day_at, exchange_of, last_closed_session, sessions_between
from include.observability.ticker_ledger import PlanLine, TickerStatus

DAYS_PER_SESSION = 3  # at most, of a hundred sessions; no exchange is closed for so long
FORCED = "full: forced"


@dataclass(frozen=True)
class Gap:
    """A run of sessions that a series lacks."""

    first: date
    last: date
    sessions: int


@dataclass(frozen=True)
class HeldDays:
    """What silver holds of a daily series, and when the source was asked for it last.

    Units:  whole_at, when the newest payload that had all of it was fetched; by the market's clock, as answered_at.
            gaps, those that end after the last session that was over then: an earlier one is the source's own.
    """

    newest: date | None = None
    answered_at: datetime | None = None
    whole_at: datetime | None = None
    gaps: tuple[Gap, ...] = ()


def choose_size(
    line: PlanLine,
    held: HeldDays,
    permission: KeyPermission | None,
    *,
    usual_rows: int,
    now: datetime,
    force: bool = False,
) -> PlanLine:
    """Say of a planned ticker whether all of its series is asked for, and why."""
    if line.status is not TickerStatus.PLANNED:
        return line
    lost = find_lost(line.symbol, held, usual_rows=usual_rows, now=now)
    is_refused = permission is not None and not permission.is_allowed
    is_wanted = force or held.whole_at is None or bool(lost)
    if is_wanted and not is_refused:
        why = _say_full(lost, usual_rows, force=force)
    else:
        why = _say_compact(held, lost, permission, usual_rows)
    return line._replace(reason=f"{line.reason}; {why}", asks_whole=is_wanted and not is_refused)


def find_lost(symbol: str, held: HeldDays, *, usual_rows: int, now: datetime) -> list[Gap]:
    """Find the sessions that silver lacks and a call for the newest rows would not bring."""
    reached = first_session_reached(symbol, usual_rows=usual_rows, now=now)
    lost = [gap for gap in held.gaps if gap.first < reached]
    if held.newest:
        known = max(held.newest, last_closed_session(symbol, held.answered_at)) if held.answered_at else held.newest
        since_then = sessions_between(exchange_of(symbol), known + timedelta(days=1), reached - timedelta(days=1))
        lost += [Gap(since_then[0], since_then[-1], len(since_then))] if since_then else []
    return lost


def first_session_reached(symbol: str, *, usual_rows: int, now: datetime) -> date:
    """The oldest session that a call for the newest rows brings for certain."""
    today = day_at(symbol, now)
    # One of the rows may be of today's session, which is not over.
    earliest = today - timedelta(days=DAYS_PER_SESSION * usual_rows)
    return sessions_between(exchange_of(symbol), earliest, today)[-usual_rows]


def _say_full(lost: Sequence[Gap], usual_rows: int, *, force: bool) -> str:
    if lost:
        return f"full: {_sum_up(lost)}, and compact has the newest {usual_rows} days alone"
    return FORCED if force else "full: its whole history was never fetched"


def _say_compact(held: HeldDays, lost: Sequence[Gap], permission: KeyPermission | None, usual_rows: int) -> str:
    refused = ""
    if permission and not permission.is_allowed:
        refused = f"the key's plan refused outputsize=full on {permission.learnt_at:%Y-%m-%d}"
    if lost:
        return f"compact: {refused}; {_sum_up(lost)} until a key allows it"
    if held.whole_at:
        return f"compact: its whole history came on {held.whole_at:%Y-%m-%d}"
    return f"compact, the newest {usual_rows} days: {refused}"


def _sum_up(lost: Sequence[Gap]) -> str:
    count = sum(gap.sessions for gap in lost)
    sessions = "1 session is" if count == 1 else f"{count} sessions are"
    return f"{sessions} missing, from {lost[0].first} to {lost[-1].last}"
