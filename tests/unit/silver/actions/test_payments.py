"""Regular, special, or a distribution: by the payer's own habit, not by the size alone."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from include.silver.actions.payments import Payment, judge_payments

FIRST = date(2010, 1, 1)
Paid = tuple[int, float, float]  # week, amount, close before


def judge(*paid: Paid, splits: dict[int, int] | None = None) -> list[tuple[float, float, float]]:
    """Regular part, special part and distribution of each payment."""
    payments = [
        Payment(row, FIRST + timedelta(weeks=week), Fraction(str(amount)), Fraction(str(price)), Fraction("1.5"))
        for row, (week, amount, price) in enumerate(paid)
    ]
    factors = [(FIRST + timedelta(weeks=week), Fraction(ratio)) for week, ratio in (splits or {}).items()]
    judged = judge_payments(payments, factors)
    return [(float(each.regular), float(each.special), float(each.distribution)) for each in judged]


def regular(*amounts: float) -> list[tuple[float, float, float]]:
    return [(amount, 0, 0) for amount in amounts]


def test_what_is_paid_as_usual_is_regular() -> None:
    assert judge((0, 1, 100), (13, 1, 100), (26, 1, 100)) == regular(1, 1, 1)


def test_an_annual_payer_may_raise_and_cut() -> None:
    # 2.50 to 8.50 euro at 50 to 100 euro a share: a boom, no special dividend.
    paid = [(0, 2.5, 60), (52, 1.9, 50), (104, 5.8, 85), (156, 8.5, 100), (208, 6, 90)]

    assert judge(*paid) == regular(2.5, 1.9, 5.8, 8.5, 6)


def test_an_interim_and_a_final_dividend_are_regular() -> None:
    paid = [(0, 1, 100), (26, 5, 100), (52, 1, 100), (78, 5, 100), (104, 1, 100)]

    assert judge(*paid) == regular(1, 5, 1, 5, 1)


def test_what_a_year_ago_was_paid_in_like_size_is_regular_however_large() -> None:
    # 35 euro at 190 and 63 at 250: a quarter of the price, and the next ordinary dividend of this payer.
    assert judge((0, 3.5, 100), (52, 35, 400), (104, 63, 250))[2] == (63, 0, 0)


def test_a_payment_resumed_after_a_suspension_is_regular() -> None:
    paid = [(0, 1, 50), (52, 1, 50), (104, 1, 50), (312, 1.2, 30)]

    assert judge(*paid)[-1] == (1.2, 0, 0)


def test_a_special_payment_has_its_regular_part_when_that_is_due() -> None:
    # 3.08 = 0.08 + 3.00 at 30 dollars, a quarter after the last 0.08.
    quarters = [(13 * number, 0.08, 28) for number in range(6)]

    assert judge(*quarters, (78, 3.08, 29.97))[-1] == pytest.approx((0.08, 3, 0))


def test_a_special_payment_between_two_regular_ones_has_none() -> None:
    quarters = [(13 * number, 1, 100) for number in range(6)]

    assert judge(*quarters, (70, 10, 100))[-1] == (0, 10, 0)


def test_small_payments_are_never_special() -> None:
    quarters = [(13 * number, 0.1, 100) for number in range(4)]

    assert judge(*quarters, (52, 2.9, 100))[-1] == (2.9, 0, 0)
    assert judge(*quarters, (52, 3.1, 100))[-1] == pytest.approx((0.1, 3, 0))


def test_a_rare_payer_needs_ten_percent() -> None:
    years = [(52 * number, 1, 100) for number in range(3)]

    assert judge(*years, (130, 9, 100))[-1] == (9, 0, 0)
    assert judge(*years, (130, 11, 100))[-1] == (0, 11, 0)
    assert judge((0, 9, 100)) == regular(9)
    assert judge((0, 11, 100)) == [(0, 11, 0)]


@pytest.mark.parametrize(("gap", "is_special"), [(22, True), (23, False)])
def test_a_payer_whose_payments_are_23_weeks_apart_is_a_rare_one(gap: int, is_special: bool) -> None:
    paid = [(gap * number, 1, 100) for number in range(4)]

    assert (judge(*paid, (gap * 3 + 14, 9, 100))[-1][1] > 0) is is_special  # 9 %: above 3, below 10


@pytest.mark.parametrize(("amount", "is_special"), [(12, False), (12.1, True)])
def test_a_payment_up_to_three_times_the_largest_of_the_habit_is_regular(amount: float, is_special: bool) -> None:
    quarters = [(13 * number, 4 if number == 1 else 1, 100) for number in range(6)]

    assert (judge(*quarters, (70, amount, 100))[-1][1] > 0) is is_special


@pytest.mark.parametrize(
    ("weeks_before", "amount", "is_special"),
    [(47, 12, False), (46, 12, True), (57, 12, False), (58, 12, True), (52, 12.1, True), (52, 4, False)],
)
def test_a_payment_a_year_before_of_a_third_to_three_times_its_size_makes_it_regular(
    weeks_before: int, amount: float, is_special: bool
) -> None:
    # 4 of a price of 40 was special itself, so the habit is 1.
    quarters = [(13 * number, 1, 100) for number in range(12)]
    earlier, last = (160, 4, 100), (160 + weeks_before, amount, 100)
    between = [(week, 1, 100) for week in range(169, 160 + weeks_before, 13)]

    assert (judge(*quarters, earlier, *between, last)[-1][1] > 0) is is_special


@pytest.mark.parametrize(("weeks_after", "regular_part"), [(7, 0), (8, 1)])
def test_the_regular_part_is_due_after_six_tenths_of_the_usual_gap(weeks_after: int, regular_part: float) -> None:
    quarters = [(13 * number, 1, 100) for number in range(6)]  # 0.6 × 13 is 7.8 weeks

    assert judge(*quarters, (65 + weeks_after, 10, 100))[-1] == (regular_part, 10 - regular_part, 0)


@pytest.mark.parametrize(("amount", "distribution"), [(20, 0), (20.1, 20.1)])
def test_a_special_payment_above_a_fifth_of_the_price_is_a_distribution(amount: float, distribution: float) -> None:
    assert judge((0, amount, 100))[0][2] == distribution


def test_a_fifth_of_the_price_that_is_not_regular_is_a_distribution() -> None:
    quarters = [(13 * number, 0.2, 27) for number in range(8)]

    assert judge(*quarters, (100, 14.72, 27))[-1] == (0, 0, 14.72)
    assert judge((0, 567.97, 1120)) == [(0, 0, 567.97)]


def test_after_a_distribution_the_habit_is_on_the_scale_of_what_is_left() -> None:
    # Half of the share is spun off: 1.5 of 3 is left, so 0.2 before reads as 0.1333 a share of today.
    quarters = [(13 * number, 0.2, 27) for number in range(4)]

    assert judge(*quarters, (45, 14.72, 27), (52, 0.124, 13)) == [*regular(*[0.2] * 4), (0, 0, 14.72), (0.124, 0, 0)]


def test_a_distribution_takes_the_place_of_another_factor_of_its_week() -> None:
    # 1 before is a third of a share's payment after it: the factor of 2 is within the 3 of both.
    paid = [Payment(0, FIRST, Fraction(1), Fraction(100))]
    paid.append(
        Payment(1, FIRST + timedelta(weeks=52), Fraction(20), Fraction(50), total=Fraction(3), other=Fraction(2))
    )
    paid.append(Payment(2, FIRST + timedelta(weeks=156), Fraction(4), Fraction(33)))

    judged = judge_payments(paid, [(paid[1].week_ending, Fraction(2))])

    assert judged[1].distribution == 20
    assert judged[2].regular == Fraction(1, 3)


def test_what_is_held_as_a_distribution_stays_one() -> None:
    held = Payment(0, FIRST, Fraction(1), Fraction(100), total=Fraction("1.01"), distribution=Fraction(1))

    assert judge_payments([held], []) == [held]


def test_a_split_between_payments_does_not_make_the_earlier_ones_larger() -> None:
    quarters = [(13 * number, 1, 100) for number in range(4)]
    after = [(52, 0.25, 25), (65, 1, 25)]  # 1 of 25 is four times what the shares of today paid

    assert judge(*quarters, *after, splits={50: 4})[-2:] == [(0.25, 0, 0), (0.25, 0.75, 0)]


def test_a_habit_is_of_the_last_five_years() -> None:
    old = [(13 * number, 4, 100) for number in range(4)]

    assert judge(*old, (350, 11, 100))[-1][2:] == (0,)
    assert judge(*old, (350, 11, 100))[-1] == (4, 7, 0)
    assert judge(*old, (250, 11, 100))[-1] == (11, 0, 0)
