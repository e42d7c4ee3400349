"""Returns of a week, the index they chain to, and what is read from the index."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import log

from tests.reference.records import HeldWeek

TWO_PERCENT = Fraction(2, 100)


def weeks_spanned(weeks: Sequence[HeldWeek]) -> list[int | None]:
    """Weeks that each return covers."""
    return [
        None if held.action is None else (held.week.week_ending - held.action.previous_week).days // 7 for held in weeks
    ]


def total_growths(weeks: Sequence[HeldWeek]) -> list[float | None]:
    """What one share, dividends reinvested, became in each week: h x close over the close before."""
    closes = [held.week.close for held in weeks]
    return [
        None if held.action is None else float(held.action.h * closes[place] / closes[place - 1])
        for place, held in enumerate(weeks)
    ]


def price_growths(weeks: Sequence[HeldWeek]) -> list[float | None]:
    """The same without dividends: F x close over the close before."""
    closes = [held.week.close for held in weeks]
    return [
        None if held.action is None else float(held.action.factor * closes[place] / closes[place - 1])
        for place, held in enumerate(weeks)
    ]


def total_return_index(growths: Sequence[float | None]) -> list[float]:
    """100 in the first week, chained from the growths."""
    index = [100.0] if growths else []
    for growth in growths[1:]:
        assert growth is not None, "a return is null in the first week alone"
        index.append(index[-1] * growth)
    return index


def returns_over(weeks: int, days: Sequence[date], index: Sequence[float]) -> list[float | None]:
    """The return since the week so many weeks ago, percent; None if that week is missing."""
    of_day = dict(zip(days, index, strict=True))
    earlier = [of_day.get(day - timedelta(weeks=weeks)) for day in days]
    return [
        None if before is None else 100 * (value / before - 1) for value, before in zip(index, earlier, strict=True)
    ]


def drawdowns(index: Sequence[float]) -> list[float]:
    """How far the index stands below its highest so far, percent."""
    found, highest = [], 0.0
    for value in index:
        highest = max(highest, value)
        found.append(100 * (value / highest - 1))
    return found


def mixed_scales(weeks: Sequence[HeldWeek]) -> list[bool]:
    """Whether the raw open, high and low of each week are on two scales.

    So where the action fell inside the week, and in a week that alone is in another unit. An open that is not known
    cannot say where the action fell: mixed.
    """
    found = []
    for place, held in enumerate(weeks):
        action, next_action = held.action, weeks[place + 1].action if place + 1 < len(weeks) else None
        if action is None:
            found.append(False)
            continue
        is_wild_week = action.unit != 1 and next_action is not None and next_action.unit * action.unit == 1
        found.append(is_wild_week or _is_within(held, weeks[place - 1].week.close))
    return found


def _is_within(held: HeldWeek, close_before: Fraction) -> bool:
    factor = held.action.factor if held.action else Fraction(1)
    if abs(factor - 1) <= TWO_PERCENT:
        return False
    if held.week.open is None:
        return True
    gap = held.week.open / close_before
    return abs(log(gap * factor)) >= abs(log(gap))
