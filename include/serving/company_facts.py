"""Why the facts of a company are missing: what the source answered, and what the planner would decide now."""

from dataclasses import dataclass
from datetime import datetime

from include.observability.ticker_ledger import TickerStatus


@dataclass(frozen=True)
class Overview:
    """What became of the source's overview of a company.

    Shape:  `knows_nothing` where the newest answer held no fact; `plan`, `reason` and `next_attempt_at` as
            `plan_series` gives them; `failure` of a run, as far as it stands.
    """

    is_held: bool
    knows_nothing: bool
    plan: str
    reason: str
    next_attempt_at: datetime | None
    failure: str | None


@dataclass(frozen=True)
class Missing:
    """Why a fact is missing: in a word or four, and in full; until when, if that is known."""

    words: str
    reason: str
    until: datetime | None = None


def explain_missing_facts(overview: Overview, *, is_followed: bool) -> Missing:  # noqa: PLR0911 one return per reason
    """Say why facts of a company are missing; `is_followed` where STOCK_SYMBOLS names it, so that runs ask for it."""
    if overview.is_held:
        return Missing("not told by the source", "its overview of this company lacks it")
    if overview.knows_nothing:
        return Missing("not offered", "the source knows no facts of this company; it is asked again once a month")
    if overview.plan == TickerStatus.REFUSED:
        return Missing("refused", overview.reason, overview.next_attempt_at)
    if overview.plan == TickerStatus.QUARANTINED:
        return Missing("quarantined", overview.reason)
    if overview.plan == TickerStatus.FETCHED:
        return Missing("not loaded yet", overview.reason)
    if overview.failure:
        return Missing("failed", overview.failure)
    if not is_followed:
        return Missing("never fetched", "STOCK_SYMBOLS does not name this ticker, so no run asks by itself")
    if overview.plan == TickerStatus.DEFERRED:
        return Missing("not fetched yet", overview.reason, overview.next_attempt_at)
    return Missing("never fetched", "the next run of company_overview asks for it")
