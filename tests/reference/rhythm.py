"""How often a payer pays."""

from collections.abc import Sequence
from datetime import date
from statistics import median

PER_YEAR = (1, 2, 3, 4, 12)
YEAR_OF_WEEKS = (47, 57)
NEWEST_GAPS = 8
IRREGULAR = "irregular"
UNKNOWN = "unknown"


def frequency(payments: Sequence[date]) -> int | str:
    """The smallest number of payments a year for which payments so many apart lie a year apart.

    Shape: the weeks of regular payments, oldest first -> payments a year, "irregular", or "unknown" with too few.
    """
    for count in PER_YEAR:
        if len(payments) < count + 1:
            return UNKNOWN
        gaps = gaps_in_weeks(payments, count)
        if YEAR_OF_WEEKS[0] <= median(gaps[-NEWEST_GAPS:]) <= YEAR_OF_WEEKS[1]:
            return count
    return IRREGULAR


def gaps_in_weeks(payments: Sequence[date], apart: int = 1) -> list[float]:
    """The weeks between each payment and the one so many after it."""
    return [(later - earlier).days / 7 for earlier, later in zip(payments, payments[apart:], strict=False)]
