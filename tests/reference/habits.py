"""Which dividends are special, by the payer's own habit, and which are distributions that a price factor stands for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from statistics import median

from tests.reference.records import ONE, ZERO, Action, HeldWeek
from tests.reference.rhythm import IRREGULAR, UNKNOWN, YEAR_OF_WEEKS, frequency, gaps_in_weeks

HABIT_DAYS = 5 * 365.25
TIMES_LARGEST = 3
PART_OF_PRICE = Fraction(3, 100)
PART_OF_PRICE_OF_A_RARE_PAYER = Fraction(10, 100)
RARE_GAP = 23
PART_OF_USUAL_GAP = 0.6
EXTRAORDINARY = Fraction(20, 100)


@dataclass(frozen=True)
class Payment:
    """The dividend of a week in the shares of that week; `scale` is the product of all F up to the week."""

    week_ending: date
    scale: Fraction
    regular: Fraction
    special: Fraction = ZERO

    def in_shares_of(self, scale: Fraction) -> "Payment":
        """The same in the shares of a later week, by that week's scale."""
        ratio = self.scale / scale
        return replace(self, regular=self.regular * ratio, special=self.special * ratio)


def judge_payments(weeks: Sequence[HeldWeek]) -> tuple[list[HeldWeek], list[Payment]]:
    """Tell regular payments, special ones and distributions apart.

    Shape:  weeks (n), oldest first -> the weeks, with distributions as other factors; the payments, oldest first.
    """
    judged, payments, scale = [], list[Payment](), ONE
    for place, held in enumerate(weeks):
        action = held.action
        if action is None:
            payments += [Payment(held.week.week_ending, scale, amount) for amount in [_amount(held)] if amount]
        elif _amount(held):
            price = weeks[place - 1].week.close / action.factor
            action, own = _judge(action, held.week.week_ending, price, scale * action.factor, payments)
            payments += [own] if own else []
        scale *= action.factor if action else ONE
        judged.append(replace(held, action=action))
    return judged, payments


def _judge(
    action: Action, week_ending: date, price: Fraction, scale: Fraction, payments: Sequence[Payment]
) -> tuple[Action, Payment | None]:
    amount, before = action.dividend_per_share, [each.in_shares_of(scale) for each in payments]
    if not _is_special(amount, price, week_ending, before):
        return action, Payment(week_ending, scale, amount)
    if amount > EXTRAORDINARY * price:
        return _as_distribution(action), None
    regular = _regular_part(week_ending, before)
    return action, Payment(week_ending, scale, regular, amount - regular)


def _amount(held: HeldWeek) -> Fraction:
    if held.action is None:
        return held.week.dividend_amount or ZERO
    return held.action.dividend_per_share


def _is_special(amount: Fraction, price: Fraction, week_ending: date, before: Sequence[Payment]) -> bool:
    habit = _habit(week_ending, before)
    largest = max((each.regular for each in habit), default=ZERO)
    return (
        amount > TIMES_LARGEST * largest
        and amount > _threshold(habit) * price
        and not any(_is_a_year_before(each, amount, week_ending) for each in before)
    )


def _habit(week_ending: date, before: Sequence[Payment]) -> list[Payment]:
    return [each for each in before if each.regular and (week_ending - each.week_ending).days <= HABIT_DAYS]


def _threshold(habit: Sequence[Payment]) -> Fraction:
    gaps = gaps_in_weeks([each.week_ending for each in habit])
    return PART_OF_PRICE_OF_A_RARE_PAYER if not gaps or median(gaps) >= RARE_GAP else PART_OF_PRICE


def _is_a_year_before(payment: Payment, amount: Fraction, week_ending: date) -> bool:
    weeks = (week_ending - payment.week_ending).days / 7
    paid = payment.regular + payment.special
    return YEAR_OF_WEEKS[0] <= weeks <= YEAR_OF_WEEKS[1] and amount / 3 <= paid <= amount * 3


def _regular_part(week_ending: date, before: Sequence[Payment]) -> Fraction:
    habit = [each for each in before if each.regular]
    if not habit:
        return ZERO
    weeks = [each.week_ending for each in habit]
    gaps = gaps_in_weeks(weeks)
    passed = (week_ending - weeks[-1]).days / 7
    is_due = bool(gaps) and passed >= PART_OF_USUAL_GAP * median(gaps)
    return habit[-1].regular if is_due or frequency(weeks) in {IRREGULAR, UNKNOWN} else ZERO


def _as_distribution(action: Action) -> Action:
    other = action.h / action.unit / action.split
    return replace(
        action,
        rule="distribution",
        other=other,
        dividend_per_share=ZERO,
        distribution_per_share=action.dividend_per_share,
        is_unsure=True,
    )
