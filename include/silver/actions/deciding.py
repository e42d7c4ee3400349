"""What the lists of splits and dividends decide of a week, where its series leaves a doubt or was never adjusted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import log

from include.silver.actions.rules import LARGE_MOVE, Pair, Reading, read_pair

CLEARLY_MOVED = 1.25  # times that the close moved as the split says, rather than as a usual week
SAME_AMOUNT = Fraction(1, 10_000)  # the source prints four decimals


@dataclass(frozen=True)
class ListedWeek:
    """What is listed in a week; None: nothing.

    Units:  split, a ratio of a family, and factor, of any, in new shares per old one; dividend in shares of the day or
            of today. `is_split_told` where silence says that there was no split.
    """

    split: Fraction | None = None
    factor: Fraction | None = None
    dividend: Fraction | None = None
    is_split_told: bool = False


def decide(pair: Pair, reading: Reading, listed: ListedWeek) -> Reading:
    """The reading of a week after what is listed.

    A week without an adjusted close is left in doubt: what happened in it or in the next shows in the next alone.
    """
    if pair.adjusted is None or reading.unit != 1:
        return reading
    by_split = _by_factor(pair, reading, listed) if listed.factor else _by_silence(pair, reading, listed)
    return _by_dividend(pair, by_split, listed)


def _by_factor(pair: Pair, reading: Reading, listed: ListedWeek) -> Reading:
    is_sure_of_another = not reading.is_unsure and (reading.split != 1 or reading.other != 1)
    if listed.factor is None or is_sure_of_another:
        return reading
    factor, split = listed.split or listed.factor, listed.split or Fraction(1)
    action = Reading(float(factor), split=split, other=1.0 if listed.split else float(factor))
    for amount in _amounts(pair, listed):
        if pair.fits(float(factor), float(amount)):
            return replace(action, total=pair.growth if amount else action.total, dividend=amount)
    # A series that was never adjusted for it, or a payload that forgot it: the raw close tells.
    if pair.fits(1.0) and abs(log(action.total * pair.move)) < abs(log(pair.move)) - log(CLEARLY_MOVED):
        total = action.total * (1 + float(reading.dividend) / pair.close)
        return replace(action, total=total, dividend=reading.dividend, is_listed=True)
    return reading


def _by_silence(pair: Pair, reading: Reading, listed: ListedWeek) -> Reading:
    if not (listed.is_split_told and reading.is_unsure):
        return reading
    if reading.split != 1:
        return read_pair(pair, may_be_split=False)
    # A growth that the newest week is doubted for is judged when its way back can be known.
    if reading.dividend or (pair.is_newest and not pair.fits(1.0)):
        return reading
    return replace(reading, is_unsure=False, is_listed=not pair.fits(reading.other))


def _by_dividend(pair: Pair, reading: Reading, listed: ListedWeek) -> Reading:
    is_about_split = reading.split != 1 or reading.other != 1
    is_large = abs(log(pair.move)) > log(LARGE_MOVE) and not listed.is_split_told
    if not (reading.is_unsure and reading.dividend and listed.dividend) or is_about_split or is_large:
        return reading
    for amount in (listed.dividend, listed.dividend * pair.later_splits):
        fits = pair.fits(1.0, float(amount))
        if fits:
            return Reading(pair.growth, amount)
        if abs(amount - reading.dividend) <= SAME_AMOUNT:
            return replace(reading, is_unsure=False, is_listed=True)
    return reading


def _amounts(pair: Pair, listed: ListedWeek) -> Iterator[Fraction]:
    received = Fraction(pair.dividend or 0)
    yield received
    if listed.dividend and abs(listed.dividend - received) > SAME_AMOUNT:
        yield listed.dividend
