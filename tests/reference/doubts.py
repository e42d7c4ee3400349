"""What an inferred action is doubted for: a ratio without a move, a move without a ratio, a wild value."""

from dataclasses import replace
from fractions import Fraction
from math import log

from tests.reference.actions import Pair
from tests.reference.ratios import LARGEST, SMALLEST
from tests.reference.records import ONE, Action

LARGE_MOVE = Fraction(16, 10)
NO_FAMILY = Fraction(12, 10)  # of the newest week, where the way back is not known
WILD = 51
FORGOTTEN_BY = Fraction(125, 100)


def doubt(pair: Pair, action: Action, *, is_newest: bool) -> Action:
    """The action as it is published: factor 1 where the close did not move as it says, unsure where doubtful."""
    if _is_ratio_without_move(pair, action, is_newest=is_newest):
        rule = "ratio without a move"
        return replace(action, rule=rule, split=ONE, other=ONE, h=action.unit, is_unsure=True, is_provisional=is_newest)
    if action.unit == 1 and pair.growth.holds(ONE) and _size(_move(pair)) > log(LARGE_MOVE):
        return replace(action, is_unsure=True)
    return action


def is_wild(pair: Pair, action: Action) -> bool:
    """Whether the return of one week is beyond belief."""
    is_one_week = (pair.week.week_ending - pair.previous.week_ending).days == 7
    return is_one_week and _size(action.h * _move(pair)) > log(WILD)


def forgets_split(pair: Pair, held: Action, inferred: Action) -> bool:
    """Whether a payload no longer knows a split that silver holds, although the close moved by it."""
    return (
        held.split != 1
        and inferred.split == 1
        and pair.growth.holds(ONE)
        and _size(held.split * _move(pair)) < _size(_move(pair)) - log(FORGOTTEN_BY)
    )


def _is_ratio_without_move(pair: Pair, action: Action, *, is_newest: bool) -> bool:
    if pair.week.dividend_amount:
        return False
    ratio = action.split
    if is_newest and ratio == 1 and not 1 / NO_FAMILY <= action.other <= NO_FAMILY:
        ratio = action.other
    elif not (ratio >= SMALLEST or ratio <= LARGEST):
        return False
    return _size(_move(pair)) < _size(ratio * _move(pair))


def _move(pair: Pair) -> Fraction:
    return pair.week.close / pair.previous.close


def _size(ratio: Fraction) -> float:
    return abs(log(ratio))
