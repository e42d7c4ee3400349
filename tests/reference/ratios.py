"""The ratios that splits have, and whether a growth is known closely enough to tell one from its neighbours."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

MOST_SHARES = 1_000
LARGEST, SMALLEST = Fraction(4, 5), Fraction(5, 4)  # of ratios p/q: at most, or at least
SIMPLE = 12  # p + q of the ratios that are also taken where the growth is not known closely


@dataclass(frozen=True)
class Ratio:
    """A member of a family; `distance` to the next member, as a part of the ratio."""

    value: Fraction
    distance: Fraction
    is_simple: bool = False


def _whole_numbers() -> Iterator[Ratio]:
    pairs = [(p, q) for q in range(1, 11) for p in range(1, 101) if gcd(p, q) == 1]
    values = {Fraction(p, q): p + q for p, q in pairs if Fraction(p, q) <= LARGEST or Fraction(p, q) >= SMALLEST}
    ordered = sorted(values)
    for value, size in sorted(values.items(), key=lambda item: (item[1], item[0])):
        place = ordered.index(value)
        neighbours = ordered[max(place - 1, 0) : place] + ordered[place + 1 : place + 2]
        distance = min(abs(neighbour - value) for neighbour in neighbours) / value
        yield Ratio(value, distance, is_simple=size <= SIMPLE)


def _families() -> Iterator[Ratio]:
    yield from _whole_numbers()
    for shares in range(2, MOST_SHARES + 1):
        yield Ratio(Fraction(shares), Fraction(1, shares))
        yield Ratio(Fraction(1, shares), Fraction(1, shares))
    for percent in range(1, 25):
        yield Ratio(Fraction(100 + percent, 100), Fraction(1, 100))


RATIOS = tuple(_families())
FAMILY_VALUES = frozenset(ratio.value for ratio in RATIOS)


def find_ratio(width: Fraction | None, is_possible: Callable[[Fraction], bool]) -> tuple[Fraction, bool] | None:
    """The first ratio that is possible, and whether it is sure.

    Sure: the width of the growth is below a twentieth of the distance to the next member of the family. Where it is
    wider, only the simplest ratios are taken.
    """
    possible = [ratio for ratio in RATIOS if is_possible(ratio.value)]
    for ratio in possible:
        if width is not None and width < ratio.distance / 20:
            return ratio.value, True
    return next(((ratio.value, False) for ratio in possible if ratio.is_simple), None)
