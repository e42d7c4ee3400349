"""Which dividends are special by the payer's own habit, and which are distributions that a price factor stands for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from statistics import median

HABIT_DAYS = 5 * 365.25
TIMES_LARGEST = 3
LEAST_SHARE, LEAST_SHARE_OF_RARE = Fraction(3, 100), Fraction(10, 100)  # of the close before; smaller is never special
RARE_GAP = 23  # weeks
EXTRAORDINARY_SHARE = Fraction(20, 100)
PART_OF_USUAL_GAP = 0.6
YEAR_OF_WEEKS = (47, 57)
PER_YEAR = (1, 2, 3, 4, 12)
NEWEST_GAPS = 8


@dataclass(frozen=True)
class Payment:
    """What was paid in a week, oldest first in a sequence of them.

    Units:  amounts per share of that week; `price` is the close before it in its shares,
            `total` its h ÷ unit ÷ split, which takes the place of the week's `other` factor where the payment is a
            distribution. A week without a week before has no price.
    """

    row: int
    week_ending: date
    amount: Fraction
    price: Fraction | None = None
    total: Fraction = Fraction(1)
    other: Fraction = Fraction(1)
    special: Fraction = Fraction(0)
    distribution: Fraction = Fraction(0)

    @property
    def regular(self) -> Fraction:
        """What is left for the habit."""
        return self.amount - self.special - self.distribution


def judge_payments(payments: Sequence[Payment], factors: Sequence[tuple[date, Fraction]]) -> list[Payment]:
    """Tell regular payments, special ones and distributions apart, oldest first.

    Shape:  payments (n) of one symbol and the F of every week where it is not 1, both oldest first -> the payments. One
            that is given as a distribution stays one.
    """
    judged: list[Payment] = []
    before: list[Payment] = []  # in the shares of the first week
    scale, waiting = Fraction(1), list(factors)
    for payment in payments:
        while waiting and waiting[0][0] <= payment.week_ending:
            scale *= waiting.pop(0)[1]
        is_small = payment.price is None or payment.amount <= LEAST_SHARE * payment.price
        own = (
            payment
            if is_small or payment.distribution
            else _judge(payment, [_times(each, 1 / scale) for each in before])
        )
        judged.append(own)
        if own.distribution:
            scale *= own.total / own.other
        else:
            before.append(_times(own, scale))
    return judged


def _times(payment: Payment, shares: Fraction) -> Payment:
    return replace(payment, amount=payment.amount * shares, special=payment.special * shares)


def _judge(payment: Payment, before: Sequence[Payment]) -> Payment:
    if payment.price is None or not _is_special(payment, payment.price, before):
        return payment
    if payment.amount > EXTRAORDINARY_SHARE * payment.price:
        return replace(payment, distribution=payment.amount)
    return replace(payment, special=payment.amount - _regular_part(payment.week_ending, before))


def _is_special(payment: Payment, price: Fraction, before: Sequence[Payment]) -> bool:
    habit = [each for each in before if each.regular and _days_since(each, payment.week_ending) <= HABIT_DAYS]
    largest = max((each.regular for each in habit), default=Fraction(0))
    gaps = _gaps_in_weeks([each.week_ending for each in habit])
    share = LEAST_SHARE_OF_RARE if not gaps or median(gaps) >= RARE_GAP else LEAST_SHARE
    is_large = payment.amount > TIMES_LARGEST * largest and payment.amount > share * price
    return is_large and not any(_is_a_year_before(each, payment) for each in before)


def _is_a_year_before(other: Payment, payment: Payment) -> bool:
    weeks = _days_since(other, payment.week_ending) / 7
    is_of_its_size = payment.amount / TIMES_LARGEST <= other.amount <= payment.amount * TIMES_LARGEST
    return YEAR_OF_WEEKS[0] <= weeks <= YEAR_OF_WEEKS[1] and is_of_its_size


def _regular_part(week_ending: date, before: Sequence[Payment]) -> Fraction:
    habit = [each for each in before if each.regular]
    if not habit:
        return Fraction(0)
    weeks = [each.week_ending for each in habit]
    gaps = _gaps_in_weeks(weeks)
    is_due = bool(gaps) and _days_since(habit[-1], week_ending) / 7 >= PART_OF_USUAL_GAP * median(gaps)
    return habit[-1].regular if is_due or not _has_rhythm(weeks) else Fraction(0)


def _has_rhythm(weeks: Sequence[date]) -> bool:
    """Whether payments so many apart lie a year apart, for some number of payments a year."""
    for count in PER_YEAR:
        if len(weeks) < count + 1:
            return False
        gaps = _gaps_in_weeks(weeks, count)[-NEWEST_GAPS:]
        if YEAR_OF_WEEKS[0] <= median(gaps) <= YEAR_OF_WEEKS[1]:
            return True
    return False


def _days_since(payment: Payment, day: date) -> int:
    return (day - payment.week_ending).days


def _gaps_in_weeks(weeks: Sequence[date], apart: int = 1) -> list[float]:
    return [(later - earlier).days / 7 for earlier, later in zip(weeks, weeks[apart:], strict=False)]
