"""How the raw closes of a payload compare with those that silver holds: equal, in new shares, or another security's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from tests.reference.ratios import FAMILY_VALUES
from tests.reference.records import ONE, HeldWeek, Week

HALF_A_PLACE = Fraction(51, 10**6)
ENOUGH = Fraction(9, 10)
FEWEST_RESTATED = 2  # one week on a ratio is a corrected close
Closes = Sequence[tuple[Fraction, Fraction]]  # as held and as received


class Quarantined(Exception):
    """The payload is not taken; silver stays as it was."""


def raw_ratio(held: Mapping[date, HeldWeek], weeks: Sequence[Week]) -> Fraction:
    """By what older raw closes are divided in this payload: 1 where they are as they were.

    Raises: Quarantined where there is no common week, or too few raw closes are equal or on one ratio.
    """
    common = [(held[week.week_ending].week.close, week.close) for week in _common_weeks(held, weeks)]
    if not common:
        raise Quarantined("another security: no common week")
    for ratio in sorted(FAMILY_VALUES):
        if _is_on(ratio, *common[0]) and _are_restated(common, ratio):
            return ratio
    if sum(old == new for old, new in common) < ENOUGH * len(common):
        raise Quarantined("another security: other raw closes")
    return ONE


def retain(held: Mapping[date, HeldWeek], weeks: Sequence[Week], ratio: Fraction) -> dict[date, HeldWeek]:
    """The held weeks that the payload does not contain, on the scale of the payload."""
    anchor = next(
        (
            week
            for week in _common_weeks(held, weeks)
            if week.adjusted_close and held[week.week_ending].week.adjusted_close
        ),
        None,
    )
    growth = ONE
    if anchor is not None and anchor.adjusted_close is not None:
        old = held[anchor.week_ending].week
        growth = (anchor.adjusted_close / anchor.close) / ((old.adjusted_close or ONE) / old.close)
    contained = {week.week_ending for week in weeks}
    return {day: _rescale(each, growth, ratio) for day, each in held.items() if day not in contained}


def _common_weeks(held: Mapping[date, HeldWeek], weeks: Sequence[Week]) -> list[Week]:
    return [
        week
        for week in weeks
        if week.is_complete and week.week_ending in held and held[week.week_ending].week.is_complete
    ]


def _is_on(ratio: Fraction, old: Fraction, new: Fraction) -> bool:
    return (old - HALF_A_PLACE) / ratio - HALF_A_PLACE <= new <= (old + HALF_A_PLACE) / ratio + HALF_A_PLACE


def _are_restated(common: Closes, ratio: Fraction) -> bool:
    """Whether the closes are on a ratio up to some week, and equal after it."""
    restated = [_is_on(ratio, old, new) for old, new in common]
    equal = [old == new for old, new in common]
    fitting = [sum(restated[:place]) + sum(equal[place:]) for place in range(len(common) + 1)]
    until = fitting.index(max(fitting))
    return fitting[until] >= ENOUGH * len(common) and sum(restated[:until]) >= FEWEST_RESTATED


def _rescale(held: HeldWeek, growth: Fraction, ratio: Fraction) -> HeldWeek:
    week, action = held.week, held.action
    scaled = replace(
        week,
        open=_divide(week.open, ratio),
        high=_divide(week.high, ratio),
        low=_divide(week.low, ratio),
        close=week.close / ratio,
        adjusted_close=_divide(week.adjusted_close, ratio / growth),
        volume=_divide(week.volume, 1 / ratio),
        dividend_amount=_divide(week.dividend_amount, ratio),
    )
    if action is not None:
        action = replace(action, dividend_per_share=action.dividend_per_share / ratio)
    return replace(held, week=scaled, is_retained=True, action=action)


def _divide(value: Fraction | None, ratio: Fraction) -> Fraction | None:
    return None if value is None else value / ratio
