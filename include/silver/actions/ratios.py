"""The ratios that splits have, and whether a growth is known closely enough to tell one from its neighbours."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import chain
from math import gcd
from operator import attrgetter

MOST_NEW, MOST_OLD = 100, 10  # of p:q, p new shares for q old ones
MOST_MERGED = 1_000  # of n:1 and 1:n
MOST_PERCENT = 24  # of a stock dividend
LARGEST_BELOW_1, SMALLEST_ABOVE_1 = Fraction(4, 5), Fraction(5, 4)  # of p:q; what is nearer to 1 is a stock dividend
MOST_TERMS_UNSURE = 12  # p + q of the ratios that a coarse growth may have
HALF_A_PLACE = 5.1e-5  # of the four decimals of a listed factor
PART_OF_DISTANCE = 20  # a growth tells a ratio from the next of its family by a twentieth of their distance


@dataclass(frozen=True)
class Ratio:
    """A member of a family of ratios: new shares for old ones, and the distance to the next member as a part of it."""

    new: int
    old: int
    distance: float

    @property
    def value(self) -> float:
        """Shares that a share becomes."""
        return self.new / self.old

    @property
    def terms(self) -> int:
        """How simple it is: fewer is simpler."""
        return self.new + self.old

    @property
    def is_whole_number(self) -> bool:
        """Whether it is a p:q, and no stock dividend and no larger merger."""
        return self.old <= MOST_OLD and not LARGEST_BELOW_1 < Fraction(self.new, self.old) < SMALLEST_ABOVE_1


@cache
def all_ratios() -> tuple[Ratio, ...]:
    """Every ratio of every family, by its value."""
    return tuple(sorted(chain(_whole_numbers(), _merged_or_multiplied(), _stock_dividends()), key=attrgetter("value")))


def find_ratio(lowest: float, highest: float, *, width: float) -> tuple[Ratio, bool] | None:
    """The simplest ratio within bounds, and whether it is sure.

    Where the growth is too wide to tell neighbours apart, only a simple p:q counts.
    Units:  width of the growth as a part of it.
    """
    start = bisect_left(all_ratios(), lowest, key=attrgetter("value"))
    end = bisect_right(all_ratios(), highest, key=attrgetter("value"))
    possible = sorted(all_ratios()[start:end], key=attrgetter("terms"))
    for ratio in possible:
        if width < ratio.distance / PART_OF_DISTANCE:
            return ratio, True
    simple = (ratio for ratio in possible if ratio.terms <= MOST_TERMS_UNSURE and ratio.is_whole_number)
    return next(((ratio, False) for ratio in simple), None)


def find_listed_ratio(factor: Decimal) -> Ratio | None:
    """The one ratio that a factor of four decimals stands for; None where it is of no family, or of several."""
    listed = Fraction(factor)
    start = bisect_left(all_ratios(), float(factor) - HALF_A_PLACE, key=attrgetter("value"))
    end = bisect_right(all_ratios(), float(factor) + HALF_A_PLACE, key=attrgetter("value"))
    possible = {(ratio.new, ratio.old): ratio for ratio in all_ratios()[start:end]}
    exact = possible.get((listed.numerator, listed.denominator))
    return exact or (next(iter(possible.values())) if len(possible) == 1 else None)


def _whole_numbers() -> Iterator[Ratio]:
    pairs = ((p, q) for q in range(1, MOST_OLD + 1) for p in range(1, MOST_NEW + 1) if gcd(p, q) == 1)
    values = sorted(value for p, q in pairs if not LARGEST_BELOW_1 < (value := Fraction(p, q)) < SMALLEST_ABOVE_1)
    below, above = [Fraction(-MOST_NEW), *values[:-1]], [*values[1:], Fraction(2 * MOST_NEW)]
    for value, lower, higher in zip(values, below, above, strict=True):
        distance = min(value - lower, higher - value) / value
        yield Ratio(value.numerator, value.denominator, float(distance))


def _merged_or_multiplied() -> Iterator[Ratio]:
    for shares in range(2, MOST_MERGED + 1):
        yield Ratio(shares, 1, 1 / shares)
        yield Ratio(1, shares, 1 / shares)


def _stock_dividends() -> Iterator[Ratio]:
    for percent in range(1, MOST_PERCENT + 1):
        ratio = Fraction(100 + percent, 100)
        yield Ratio(ratio.numerator, ratio.denominator, 0.01)
