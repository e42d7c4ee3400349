"""Trailing dividends: the regular payments that count in the 52 weeks up to a day."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from tests.reference.habits import Payment
from tests.reference.records import ZERO

YEAR_OF_WEEKS = 52
ANNIVERSARY = range(50, 55)  # weeks ago: within two weeks of a year


def trailing_payments(day: date, payments: Sequence[Payment]) -> list[Payment]:
    """The regular payments that count in the 52 weeks up to a day.

    One of 50 to 54 weeks ago counts until a newer one takes its place, each that of the one nearest to a year before.
    """
    known = [each for each in payments if each.regular and _age(each, day) in range(2 * ANNIVERSARY.stop)]
    replaced = set[date]()
    for newer in known:
        olds = [old for old in known if old.week_ending not in replaced and _age(old, newer.week_ending) in ANNIVERSARY]
        if olds:
            nearest = min(olds, key=lambda old: abs(_age(old, newer.week_ending) - YEAR_OF_WEEKS))
            replaced.add(nearest.week_ending)
    return [
        each
        for each in known
        if _age(each, day) < ANNIVERSARY.start or (_age(each, day) in ANNIVERSARY and each.week_ending not in replaced)
    ]


def trailing_sum(day: date, scale: Fraction, payments: Sequence[Payment]) -> Fraction:
    """The trailing payments together, in the shares of the week of that scale."""
    return sum((each.in_shares_of(scale).regular for each in trailing_payments(day, payments)), ZERO)


def _age(payment: Payment, day: date) -> int:
    return (day - payment.week_ending).days // 7
