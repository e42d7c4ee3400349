"""Why the facts of a company are missing."""

from datetime import UTC, datetime

import pytest

from include.observability.ticker_ledger import TickerStatus
from include.serving.company_facts import Overview, explain_missing_facts

NOON = datetime(2013, 3, 2, 12, tzinfo=UTC)
NEVER = {"is_held": False, "knows_nothing": False, "failure": None, "next_attempt_at": None}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"is_held": True, "plan": TickerStatus.CURRENT}, "not told by the source"),
        ({"knows_nothing": True, "plan": TickerStatus.CURRENT}, "not offered"),
        ({"plan": TickerStatus.REFUSED, "next_attempt_at": NOON}, "refused"),
        ({"plan": TickerStatus.QUARANTINED}, "quarantined"),
        ({"plan": TickerStatus.FETCHED}, "not loaded yet"),
        ({"plan": TickerStatus.PLANNED, "failure": "no whole response arrived"}, "failed"),
        ({"plan": TickerStatus.DEFERRED, "next_attempt_at": NOON}, "not fetched yet"),
        ({"plan": TickerStatus.PLANNED}, "never fetched"),
    ],
)
def test_a_fact_is_missing_for_one_reason(state: dict[str, object], words: str) -> None:
    overview = Overview(**(NEVER | {"reason": "as the planner says"} | state))  # type: ignore[arg-type] # of many types

    assert explain_missing_facts(overview, is_followed=True).words == words


def test_a_refused_ticker_says_why_and_until_when() -> None:
    refused = Overview(**(NEVER | {"plan": TickerStatus.REFUSED, "reason": "why", "next_attempt_at": NOON}))  # type: ignore[arg-type] # of many types

    missing = explain_missing_facts(refused, is_followed=False)
    assert (missing.reason, missing.until) == ("why", NOON)


def test_a_ticker_that_no_run_asks_for_says_so() -> None:
    never = Overview(**(NEVER | {"plan": TickerStatus.PLANNED, "reason": "never fetched"}))  # type: ignore[arg-type] # of many types

    assert "STOCK_SYMBOLS does not name this ticker" in explain_missing_facts(never, is_followed=False).reason
