"""What happened to the shares between two weeks: the rules in their order, the first that fits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import inf, log

from include.silver.actions.growth import REACH
from include.silver.actions.ratios import LARGEST_BELOW_1, SMALLEST_ABOVE_1, find_ratio

LARGE_MOVE = 1.6  # times in a week; of 18,052 real weeks seven moved more without an action
NO_FAMILY = 1.2  # of the newest week, whose way back is not known
MOST_UNKNOWN_DIVIDEND = 0.2  # of the close; a larger growth is something else than a dividend of unknown amount
CURRENCY_NOISE = 2.0  # times as much as the dividend says, or half
FEWEST_DECIMALS = 4
HUNDRED = 100.0  # pence of a pound
SAME_UNIT = 1.3  # times a hundred that both closes jump
USUAL_VOLUME = 20  # times in a week


@dataclass(frozen=True)
class Pair:
    """Two weeks that follow each other, and the growth of the factor between them.

    Units:  prices in the listing's currency; dividend as received, None where unknown; `later_splits` shares that one
            share of this week is in the newest week, as far as splits made it so; adjusted closes None where not known.
    """

    close: float
    previous_close: float
    high: float | None
    low: float | None
    dividend: Decimal | None
    growth: float
    growth_low: float
    growth_high: float | None
    later_splits: Fraction = Fraction(1)
    adjusted: float | None = None
    previous_adjusted: float | None = None
    volume: float | None = None
    previous_volume: float | None = None
    is_newest: bool = False

    @property
    def move(self) -> float:
        """Times that the raw close grew."""
        return self.close / self.previous_close

    @property
    def width(self) -> float:
        """Of the interval of the growth, as a part of it."""
        return inf if self.growth_high is None else (self.growth_high - self.growth_low) / self.growth

    def ratios(self, dividend: float = 0.0) -> tuple[float, float]:
        """The least and the largest ratio that with a dividend, at some price of the week, make the growth."""
        highest = self.close * REACH if self.high is None else self.high
        lowest = self.close / REACH if self.low is None else self.low
        most = inf if self.growth_high is None else self.growth_high
        return self.growth_low / (1 + dividend / lowest), most / (1 + dividend / highest)

    def fits(self, ratio: float, dividend: float = 0.0) -> bool:
        """Whether a ratio, and a dividend at some price of the week, make the growth."""
        least, most = self.ratios(dividend)
        return least <= ratio <= most


@dataclass(frozen=True)
class Reading:
    """What a pair of weeks is read as; `total` is what a share became of, without the move of the raw close.

    `is_listed` where a list decided it, whatever the growth says.
    """

    total: float
    dividend: Fraction = Fraction(0)
    split: Fraction = Fraction(1)
    unit: float = 1.0
    other: float = 1.0
    is_unsure: bool = False
    is_listed: bool = False


def read_pair(pair: Pair, *, may_be_split: bool = True) -> Reading:
    """The action between two weeks, by the first rule that fits; doubted where the closes contradict it.

    Units:  dividend per share of that day, in the unit of the newer week.
    """
    unit = _unit_factor(pair)
    rules = (_usual, _not_adjusted_for, *([_split] if may_be_split else []), _noisy_dividend, _unknown_dividend)
    found = next((reading for rule in rules if (reading := rule(pair, unit))), None) or _other(pair, unit)
    return _doubt(pair, replace(found, unit=unit, total=found.total * unit))


def _usual(pair: Pair, unit: float) -> Reading | None:
    if not pair.dividend:
        return Reading(1.0) if pair.fits(1.0) else None
    for amount in (each * shares for shares in (Fraction(1), pair.later_splits) for each in _amounts(pair, unit)):
        if pair.fits(1.0, float(amount)):
            return Reading(pair.growth, amount, is_unsure=pair.high is None or pair.low is None)
    return None


def _not_adjusted_for(pair: Pair, unit: float) -> Reading | None:
    if not pair.dividend or not pair.fits(1.0):
        return None
    amount = next(_amounts(pair, unit))
    return Reading(1 + float(amount) / pair.close, amount, is_unsure=True)


def _split(pair: Pair, unit: float) -> Reading | None:
    if pair.dividend is None and _is_unknown_dividend(pair):
        return None
    for amount in _amounts(pair, unit):
        found = find_ratio(*pair.ratios(float(amount)), width=pair.width)
        if found:
            ratio, is_sure = found
            split = Fraction(ratio.new, ratio.old)
            return Reading(pair.growth if amount else float(split), amount, split, is_unsure=not is_sure)
    return None


def _noisy_dividend(pair: Pair, unit: float) -> Reading | None:
    for amount in _amounts(pair, unit):
        part = float(amount) / pair.close
        if amount and part / CURRENCY_NOISE <= pair.growth - 1 <= part * CURRENCY_NOISE:
            return Reading(pair.growth, amount, is_unsure=True)
    return None


def _unknown_dividend(pair: Pair, unit: float) -> Reading | None:
    del unit
    if pair.dividend is not None or not _is_unknown_dividend(pair):
        return None
    amount = Fraction(f"{pair.close * (pair.growth - 1):.{FEWEST_DECIMALS}f}")
    return Reading(pair.growth, amount, is_unsure=True)


def _other(pair: Pair, unit: float) -> Reading:
    amount = next(_amounts(pair, unit))
    part = 1 + float(amount) / pair.close
    high = inf if pair.growth_high is None else pair.growth_high / part
    other = _shortest_decimal(pair.growth / part, pair.growth_low / part, high)
    return Reading(pair.growth if amount else other, amount, other=other)


def _amounts(pair: Pair, unit: float) -> Iterator[Fraction]:
    # In a week of a unit switch the dividend may be in the new unit or in the old one.
    amount = Fraction(pair.dividend or 0)
    yield amount
    if unit != 1:
        yield amount / Fraction(str(unit))


def _is_unknown_dividend(pair: Pair) -> bool:
    return 0 < pair.growth - 1 < MOST_UNKNOWN_DIVIDEND


def _shortest_decimal(value: float, low: float, high: float) -> float:
    for decimals in range(FEWEST_DECIMALS, 20):
        rounded = float(f"{value:.{decimals}f}")
        if low <= rounded <= high and rounded > 0:
            return rounded
    return value


def _unit_factor(pair: Pair) -> float:
    """What makes unit × close over the close before a usual return: 100, 0.01, or 1 where the unit is the same."""
    if not pair.adjusted or not pair.previous_adjusted or _has_unusual_volume(pair):
        return 1.0
    jumps = (pair.move, pair.adjusted / pair.previous_adjusted)
    for unit in (HUNDRED, 1 / HUNDRED):
        if all(1 / SAME_UNIT <= jump * unit <= SAME_UNIT for jump in jumps):
            return unit
    return 1.0


def _has_unusual_volume(pair: Pair) -> bool:
    if not pair.volume or not pair.previous_volume:
        return False
    return not 1 / USUAL_VOLUME < pair.volume / pair.previous_volume < USUAL_VOLUME


def _doubt(pair: Pair, reading: Reading) -> Reading:
    if _is_ratio_without_move(pair, reading):
        return Reading(reading.unit, unit=reading.unit, is_unsure=True)
    if reading.unit == 1 and pair.fits(1.0) and abs(log(pair.move)) > log(LARGE_MOVE):
        return replace(reading, is_unsure=True)
    return reading


def _is_ratio_without_move(pair: Pair, reading: Reading) -> bool:
    if pair.dividend:
        return False
    ratio = float(reading.split)
    if pair.is_newest and ratio == 1 and not 1 / NO_FAMILY <= reading.other <= NO_FAMILY:
        ratio = reading.other
    elif LARGEST_BELOW_1 < reading.split < SMALLEST_ABOVE_1:
        return False
    return abs(log(pair.move)) < abs(log(ratio * pair.move))
