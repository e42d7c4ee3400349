"""What happened to the shares between two weeks: the rules, the first that fits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from tests.reference.growth import fits, prices_of
from tests.reference.ratios import find_ratio
from tests.reference.records import ONE, ZERO, Action, Growth, Week
from tests.reference.unit_switch import unit_factor_of

UNKNOWN_DIVIDEND_BELOW = Fraction(2, 10)
FEWEST_DECIMALS = 4


@dataclass(frozen=True)
class Pair:
    """Two weeks that follow each other, the growth between them, and the splits after them."""

    previous: Week
    week: Week
    growth: Growth
    later_splits: Fraction = ONE


def infer(pair: Pair) -> Action:
    """The action between two weeks, by the first rule that fits.

    Units: `dividend_per_share` in the shares and the unit of the newer week.
    """
    unit = unit_factor_of(pair.previous, pair.week)
    rules = (_usual, _not_adjusted_for, _split, _noisy_dividend, _unknown_dividend)
    action = next((action for rule in rules if (action := rule(pair, unit)) is not None), None) or _other(pair, unit)
    return replace(action, unit=unit, h=action.h * unit)


def _usual(pair: Pair, unit: Fraction) -> Action | None:
    dividend, week = pair.week.dividend_amount, pair.week
    if not dividend:
        return _action(pair, "nothing", ZERO) if pair.growth.holds(ONE) else None
    for amount in (each * splits for splits in (ONE, pair.later_splits) for each in _amounts(dividend, unit)):
        if fits(pair.growth, ONE, amount, prices_of(week)):
            return _action(pair, "dividend", amount, is_unsure=week.high is None or week.low is None)
    return None


def _not_adjusted_for(pair: Pair, unit: Fraction) -> Action | None:
    dividend = pair.week.dividend_amount
    if not dividend or not pair.growth.holds(ONE):
        return None
    amount = next(_amounts(dividend, unit))
    h = 1 + amount / pair.week.close
    return replace(_action(pair, "dividend not adjusted for", amount, is_unsure=True), h=h)


def _split(pair: Pair, unit: Fraction) -> Action | None:
    if pair.week.dividend_amount is None and _is_unknown_dividend(pair.growth):
        return None
    for amount in _amounts(pair.week.dividend_amount or ZERO, unit):
        found = find_ratio(
            pair.growth.width,
            lambda ratio, amount=amount: fits(pair.growth, ratio, amount, prices_of(pair.week)),  # type: ignore[misc]
        )
        if found is not None:
            ratio, is_sure = found
            return _action(pair, "split", amount, split=ratio, is_unsure=not is_sure)
    return None


def _noisy_dividend(pair: Pair, unit: Fraction) -> Action | None:
    for amount in _amounts(pair.week.dividend_amount or ZERO, unit):
        part = amount / pair.week.close
        if amount and part / 2 <= pair.growth.point - 1 <= 2 * part:
            return _action(pair, "noisy dividend", amount, is_unsure=True)
    return None


def _unknown_dividend(pair: Pair, unit: Fraction) -> Action | None:
    del unit
    if pair.week.dividend_amount is not None or not _is_unknown_dividend(pair.growth):
        return None
    amount = _rounded(pair.week.close * (pair.growth.point - 1), FEWEST_DECIMALS)
    return _action(pair, "unknown dividend", amount, is_unsure=True)


def _other(pair: Pair, unit: Fraction) -> Action:
    amount = next(_amounts(pair.week.dividend_amount or ZERO, unit))
    part, growth = 1 + amount / pair.week.close, pair.growth
    high = None if growth.high is None else growth.high / part
    other = _shortest_decimal(Growth(growth.point / part, growth.low / part, high))
    return _action(pair, "other factor", amount, other=other)


def _action(
    pair: Pair,
    rule: str,
    dividend: Fraction,
    *,
    split: Fraction = ONE,
    other: Fraction = ONE,
    is_unsure: bool = False,
) -> Action:
    h = pair.growth.point if dividend else split * other
    return Action(
        previous_week=pair.previous.week_ending,
        growth=pair.growth,
        rule=rule,
        split=split,
        other=other,
        dividend_per_share=dividend,
        h=h,
        is_unsure=is_unsure,
    )


def _amounts(dividend: Fraction, unit: Fraction) -> Iterator[Fraction]:
    # In a week of a unit switch the dividend may be in the new unit or in the old one.
    yield dividend
    if unit != 1:
        yield dividend / unit


def _is_unknown_dividend(growth: Growth) -> bool:
    return 0 < growth.point - 1 < UNKNOWN_DIVIDEND_BELOW


def _shortest_decimal(growth: Growth) -> Fraction:
    decimals = FEWEST_DECIMALS
    while not growth.holds(rounded := _rounded(growth.point, decimals)) or rounded == 0:
        decimals += 1
    return rounded


def _rounded(value: Fraction, decimals: int) -> Fraction:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return Fraction(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))
