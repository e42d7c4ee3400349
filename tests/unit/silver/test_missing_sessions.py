"""What is said to bring the sessions of a gap, and that the next call is planned so."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from include.alpha_vantage.key_permissions import KeyPermission
from include.observability.ticker_ledger import PlanLine, TickerStatus
from include.silver.missing_sessions import NEXT_CALLS, add_brought_by
from include.silver.whole_history import Gap, HeldDays, choose_size, first_session_reached

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)  # Saturday; the hundredth session back is 2024-01-09
TUESDAY = datetime(2024, 6, 4, 4, tzinfo=UTC)  # Monday's session is over
REFUSED = datetime(2024, 5, 20, 9, tzinfo=UTC)
OLD = Gap(date(2024, 1, 4), date(2024, 1, 5), 2)
LONGER = Gap(date(2024, 1, 5), date(2024, 2, 20), 31)
RECENT = Gap(date(2024, 1, 9), date(2024, 1, 9), 1)  # just within the newest hundred
BEFORE, AFTER = date(2024, 1, 3), date(2024, 1, 12)

HELD = "the next publication, for they have come since"
LACKING = "nothing, for the source lacks them too: its whole history until 2024-01-12 came without them"
PERHAPS = (
    "the next call, due with the next run, if the source has them by then: its whole history until "
    "2024-01-12 came without them"
)
BROUGHT = "the next call, due with the next run, if the source has them"
BROUGHT_LATER = "the next call, due with the next run after 2024-06-04 04:00 UTC, if the source has them"
WHOLE = "the next call, due with the next run, which asks for the whole history, if the key allows that"
NEEDS_A_KEY = (
    "only the whole history, which the key's plan refused on 2024-05-20: another key that allows "
    "outputsize=full is asked for it once, with its first call, and this one again from 2024-06-19 on"
)


def said(
    gap: Gap,
    *,
    whole_until: date | None = None,
    refused_at: datetime | None = None,
    due_at: datetime | None = None,
    is_held: bool = False,
) -> str:
    gaps = pl.DataFrame(
        {"symbol": ["IBM"], "first_session": gap.first, "last_session": gap.last, "is_held": is_held, "other": 7}
    )
    reached = first_session_reached("IBM", usual_rows=100, now=due_at or NOW)
    calls = pl.DataFrame([("IBM", due_at, reached, whole_until, refused_at)], schema=NEXT_CALLS, orient="row")

    explained = add_brought_by(gaps, calls)

    assert explained.columns == [*gaps.columns, "brought_by"]
    return str(explained["brought_by"].item())


@pytest.mark.parametrize(
    ("gap", "known", "words"),
    [
        (RECENT, {}, BROUGHT),
        (RECENT, {"refused_at": REFUSED}, BROUGHT),
        (RECENT, {"whole_until": BEFORE}, BROUGHT),
        (Gap(date(2024, 3, 4), date(2024, 3, 4), 1), {"due_at": TUESDAY}, BROUGHT_LATER),
        (RECENT, {"due_at": TUESDAY, "refused_at": REFUSED}, NEEDS_A_KEY),  # by then beyond the newest hundred
        (OLD, {}, WHOLE),
        (LONGER, {"whole_until": BEFORE}, WHOLE),
        (OLD, {"refused_at": REFUSED}, NEEDS_A_KEY),
        (OLD, {"whole_until": date(2024, 1, 4), "refused_at": REFUSED}, NEEDS_A_KEY),
        (OLD, {"whole_until": AFTER, "refused_at": REFUSED}, LACKING),
        (RECENT, {"whole_until": AFTER}, PERHAPS),
        (OLD, {"whole_until": AFTER, "is_held": True}, HELD),
    ],
)
def test_of_each_gap_it_is_said_what_brings_its_sessions(gap: Gap, known: dict[str, object], words: str) -> None:
    assert said(gap, **known) == words  # type: ignore[arg-type]


@pytest.mark.parametrize("gap", [OLD, LONGER, RECENT])
@pytest.mark.parametrize("refused_at", [REFUSED, None])
@pytest.mark.parametrize(
    "whole_at", [None, datetime(2024, 1, 4, 12, tzinfo=UTC), datetime(2024, 1, 12, 12, tzinfo=UTC)]
)
@pytest.mark.parametrize("now", [NOW, TUESDAY])
def test_a_whole_history_is_said_to_come_where_one_is_asked_for(
    gap: Gap, refused_at: datetime | None, whole_at: datetime | None, now: datetime
) -> None:
    whole_until = {4: date(2024, 1, 3), 12: date(2024, 1, 11)}[whole_at.day] if whole_at else None
    is_known = whole_until is not None and gap.last <= whole_until
    held = HeldDays(date(2024, 5, 31), NOW, whole_at or datetime(2023, 1, 2, tzinfo=UTC), () if is_known else (gap,))
    permission = KeyPermission(is_allowed=False, learnt_at=refused_at) if refused_at else None
    line = PlanLine("IBM", TickerStatus.PLANNED, "due")

    asks_whole = choose_size(line, held, permission, usual_rows=100, now=now).asks_whole
    words = said(gap, whole_until=whole_until, refused_at=refused_at, due_at=now if now > NOW else None)

    assert asks_whole == ("asks for the whole history" in words)
