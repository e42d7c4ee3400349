"""By what the factor of adjusted over raw close grew between two weeks, and which actions that allows."""

from collections.abc import Sequence
from fractions import Fraction

from tests.reference.records import ONE, Growth, Week

ROUNDING = Fraction(51, 10**6)  # the source rounds adjusted closes to four decimals
STAND_IN = Fraction(12, 10)  # for a high or low that is not known
TWO_PERCENT = Fraction(2, 100)
Factor = tuple[Fraction, Fraction]  # an adjusted close as received, and the raw close beside it


def growth_between(factor: Factor, previous: Factor) -> Growth:
    """The growth between the factors of two weeks of one payload."""
    (adjusted, close), (adjusted_before, close_before) = factor, previous
    raw = close_before / close
    low, high = raw * (adjusted - ROUNDING) / (adjusted_before + ROUNDING), None
    if adjusted_before > ROUNDING:
        high = raw * (adjusted + ROUNDING) / (adjusted_before - ROUNDING)
    return Growth(raw * adjusted / adjusted_before, low, high)


def fits(growth: Growth, ratio: Fraction, dividend: Fraction, prices: tuple[Fraction, Fraction]) -> bool:
    """Whether some close between the lowest and the highest price makes ratio x (1 + dividend / close) the growth."""
    lowest, highest = prices
    smallest, largest = ratio * (1 + dividend / highest), ratio * (1 + dividend / lowest)
    return growth.low <= largest and (growth.high is None or smallest <= growth.high)


def prices_of(week: Week) -> tuple[Fraction, Fraction]:
    """The lowest and the highest price of a week, or what stands for them."""
    low = week.close / STAND_IN if week.low is None else week.low
    high = week.close * STAND_IN if week.high is None else week.high
    return low, high


def growths_of(weeks: Sequence[Week]) -> tuple[list[Growth], set[int]]:
    """The growth from each week of a payload to the next, and the places of weeks whose factor goes and comes back.

    Shape: weeks (n), oldest first -> growths (n - 1); places in `weeks`.
    The factor of a week that comes back, or that has no adjusted close, is that of the week before. Weeks are judged
    oldest first, so that the good week between two bad ones is not taken for one that comes back.
    """
    growths, returning, factor = [], set[int](), _factor_of(weeks[0])
    for place in range(1, len(weeks)):
        own, after = _factor_of(weeks[place]), _factor_of(weeks[place + 1]) if place + 1 < len(weeks) else None
        if factor is not None and own is not None and after is not None and _comes_back(factor, own, after):
            returning.add(place)
            own = None
        growths.append(growth_between(own, factor) if own and factor else Growth(ONE, ONE, ONE))
        factor = own or factor
    return growths, returning


def _factor_of(week: Week) -> Factor | None:
    return None if week.adjusted_close is None else (week.adjusted_close, week.close)


def _comes_back(before: Factor, own: Factor, after: Factor) -> bool:
    there, back = growth_between(own, before), growth_between(after, own)
    both = Growth(
        there.point * back.point,
        there.low * back.low,
        None if there.high is None or back.high is None else there.high * back.high,
    )
    return abs(there.point - 1) > TWO_PERCENT and not there.holds(ONE) and both.holds(ONE)
