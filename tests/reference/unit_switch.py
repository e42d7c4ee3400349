"""Prices that jump from pence to pounds, or back."""

from fractions import Fraction

from tests.reference.records import ONE, Week

HUNDRED = Fraction(100)
TOLERANCE = Fraction(13, 10)
USUAL_VOLUME = 20


def unit_factor_of(previous: Week, week: Week) -> Fraction:
    """What makes unit x close over the previous close a usual return: 100, 1/100, or 1 where the unit is the same."""
    if week.adjusted_close is None or previous.adjusted_close is None or _volume_jumps(previous, week):
        return ONE
    jumps = (week.close / previous.close, week.adjusted_close / previous.adjusted_close)
    for unit in (HUNDRED, 1 / HUNDRED):
        if all(1 / TOLERANCE <= jump * unit <= TOLERANCE for jump in jumps):
            return unit
    return ONE


def _volume_jumps(previous: Week, week: Week) -> bool:
    if not previous.volume or not week.volume:
        return False
    jump = week.volume / previous.volume
    return not Fraction(1, USUAL_VOLUME) < jump < USUAL_VOLUME
