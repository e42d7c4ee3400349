"""What the source gets wrong: told from the truth, published as a reader can use it."""

from datetime import timedelta
from fractions import Fraction

import pytest

from tests.captures.folders import needs_real_captures
from tests.reference.captured import captured_stock, case_payload, invented, invented_stock, real_captures
from tests.reference.payloads import ContractError, type_payload


@needs_real_captures
def test_pence_and_pounds_are_one_price() -> None:
    found = invented_stock(case_payload("unit_switch_pence_to_pounds__UNIT.LON")).weeks[-1]

    assert found.unit_factor == 100
    assert found.weekly_return_pct == pytest.approx(100 * (585.4 / 609.6 - 1))
    assert found.adj_close == found.close


def test_a_yearly_range_over_a_unit_switch_is_in_the_unit_of_its_week() -> None:
    closes = [500.0 + place for place in range(52)] + [5.53]
    found = invented_stock(invented(closes)).weeks[-1]

    assert found.high_52w == pytest.approx(5.53 * 1.01)
    assert found.low_52w == pytest.approx(5.01 * 0.99)


def test_one_week_in_another_unit_reads_as_a_usual_week() -> None:
    found = invented_stock(invented([600, 606, 6.12, 612, 612])).weeks

    assert [each.unit_factor for each in found] == [1, 1, 100, Fraction(1, 100), 1]
    assert [each.is_mixed_scale for each in found] == [False, False, True, False, False]
    assert [round(each.weekly_return_pct or 0, 2) for each in found] == [0, 1, 0.99, 0, 0]


@pytest.mark.parametrize("dividend", ["6", "0.06"])
def test_a_dividend_in_the_week_of_a_unit_switch_may_be_in_either_unit(dividend: str) -> None:
    closes, adjusted = [606, 6, 6], [600, 6, 6]
    found = invented_stock(invented(closes, adjusted, {1: dividend})).weeks[1]

    assert (found.rule, found.unit_factor) == ("dividend", 100)
    assert float(found.dividend_per_share) == 0.06
    assert found.weekly_return_pct == pytest.approx(0, abs=1e-9)


def test_a_hundred_to_one_split_is_no_unit_switch() -> None:
    found = invented_stock(invented([600, 6.06, 6.1], [6, 6.06, 6.1])).weeks[1]

    assert (found.unit_factor, found.split_to) == (1, 100)


@needs_real_captures
def test_an_adjusted_close_that_goes_and_comes_back_is_not_published() -> None:
    found = invented_stock(case_payload("glitch_adjusted_close__GLITCH")).weeks

    assert [each.adj_close is None for each in found] == [False, True, False]
    assert [each.is_action_unsure for each in found] == [False, True, False]
    assert found[1].weekly_return_pct == pytest.approx(100 * (15.2 / 15.1 - 1))
    assert found[2].weekly_return_pct == pytest.approx(100 * (15.3 / 15.2 - 1))
    assert found[1].received_adjusted_close == 245_397


def test_the_next_good_payload_heals_an_adjusted_close() -> None:
    bad = invented([20, 20, 20, 20], [20, 200, 20, 20])
    good = invented([20, 20, 20, 20, 20])

    assert invented_stock(bad).weeks[1].is_action_unsure
    healed = invented_stock(bad, good).weeks[1]
    assert (healed.adj_close, healed.is_action_unsure) == (20, False)


def test_of_three_weeks_with_every_other_one_wrong_the_middle_one_is_good() -> None:
    found = invented_stock(invented([20, 20, 20, 20, 20, 20], [20, 200, 20, 200, 20, 20])).weeks

    assert [each.adj_close is None for each in found] == [False, True, False, True, False, False]


@needs_real_captures
def test_no_captured_factor_comes_back_and_no_captured_ratio_stands_without_a_move() -> None:
    held = [each for name in real_captures() for each in captured_stock(name).held]

    assert len(held) == 23_348 + 22
    assert not [each for each in held if each.is_factor_returning]
    assert not [each for each in held if each.action and each.action.rule == "ratio without a move"]


def test_a_missing_adjusted_close_leaves_the_factor_of_the_week_before() -> None:
    found = invented_stock(invented([10, 10.1, 10.2, 10.3], [5, 0, 5.1, 5.15])).weeks

    assert [each.adj_close is None for each in found] == [False, True, False, False]
    assert [each.rule for each in found] == [None, "nothing", "nothing", "nothing"]


def test_a_ratio_without_a_move_of_the_close_is_no_split() -> None:
    found = invented_stock(invented([20, 20.1, 20.2, 20.3], [10, 20.1, 20.2, 20.3])).weeks[1]

    assert (found.split_to, found.is_action_unsure) == (1, True)
    assert found.weekly_return_pct == pytest.approx(0.5)


def test_a_wrong_factor_of_the_newest_week_is_judged_again_by_the_next() -> None:
    closes = [20, 20.1, 20.2]
    newest = invented(closes, [20, 20.1, 27.876])  # × 1.38
    came_back = invented([*closes, 20.3], [20, 20.1, 27.876, 20.3])
    stayed = invented([*closes, 20.3], [20, 20.1, 27.876, 28.014])

    assert invented_stock(newest).weeks[2].weekly_return_pct == pytest.approx(100 * (20.2 / 20.1 - 1))
    assert invented_stock(newest, came_back).weeks[2].adj_close is None
    assert invented_stock(newest, stayed).weeks[2].rule == "other factor"


def test_a_forgotten_split_leaves_silver_as_it_was_for_30_days() -> None:
    knows = invented([80, 81, 20, 21], [20, 20.25, 20, 21])
    forgets = [invented([80, 81, 20, *[21] * more], [80, 81, 20, *[21] * more]) for more in (2, 3, 4, 5, 6, 7)]

    after_three = invented_stock(knows, *forgets[:3])
    assert [reason for _, reason in after_three.history.not_taken] == ["forgets the 4:1 split of 2015-01-16"] * 3
    assert (after_three.weeks[2].split_to, len(after_three.weeks)) == (4, 4)
    believed = invented_stock(knows, *forgets)
    assert len(believed.history.not_taken) == 5  # 28 days after the first that forgets; the sixth is 35 days after
    assert (believed.weeks[2].split_to, believed.weeks[2].is_action_unsure) == (1, True)


def test_a_split_that_is_known_again_ends_the_quarantine() -> None:
    knows = invented([80, 81, 20, 21], [20, 20.25, 20, 21])
    forgets = invented([80, 81, 20, 21, 21])
    again = invented([80, 81, 20, 21, 21, 21], [20, 20.25, 20, 21, 21, 21])
    found = invented_stock(knows, forgets, again)

    assert len(found.history.not_taken) == 1
    assert len(found.weeks) == 6


def test_a_large_move_without_an_action_is_published_and_unsure() -> None:
    found = invented_stock(invented([10, 16.1, 16])).weeks[1]

    assert (found.rule, found.is_action_unsure) == ("nothing", True)
    assert found.weekly_return_pct == pytest.approx(61)


@needs_real_captures
def test_three_captured_moves_are_larger_than_1_6_without_an_action() -> None:
    weeks = [each for name in real_captures() for each in captured_stock(name).weeks if each.rule == "nothing"]
    unsure = {(each.symbol, str(each.week_ending)) for each in weeks if each.is_action_unsure}

    assert unsure == {("AAPL", "2000-09-29"), ("NVDA", "2000-03-10"), ("NVDA", "2004-08-06")}


def test_a_wild_value_is_not_taken() -> None:
    usual = invented([10, 10.1])
    wild = invented([10, 10.1, 520], [10, 10.1, 520])
    found = invented_stock(usual, wild)

    assert [reason for _, reason in found.history.not_taken] == ["wild value in the week of 2015-01-16"]
    assert len(found.weeks) == 2


@pytest.mark.parametrize(
    ("closes", "taken"), [([10, 520, 521, 522], [521, 522]), ([10, 520, 10.1, 10.2], [10.1, 10.2])]
)
def test_of_a_first_payload_the_weeks_after_the_wild_one_are_taken(closes: list[float], taken: list[float]) -> None:
    first = invented(closes)
    again = invented_stock(first, invented([*closes, closes[-1]]))

    assert [float(each.close) for each in invented_stock(first).weeks] == taken
    assert [float(each.close) for each in again.weeks] == [*taken, taken[-1]]


def test_an_impossible_field_is_null_and_its_week_lives_on_the_close() -> None:
    payload = invented(
        [10, 11, 12],
        [10, "0.0000", 12],
        open={1: 0},
        high={0: 9},
        low={0: 10},
        volume={1: -5},
    )
    typed = type_payload(payload)

    assert [(str(each.row_date)[-2:], each.field) for each in typed.rejected] == [
        ("02", "high"),
        ("02", "low"),
        ("09", "open"),
        ("09", "adjusted_close"),
        ("09", "volume"),
    ]
    assert len(typed.rows) == 3


@pytest.mark.parametrize("closes", [[10, 11, 12, 0], [10, 0, 12, 13]])
def test_a_payload_without_its_newest_week_or_a_tenth_of_its_rows_loads_nothing(closes: list[float]) -> None:
    with pytest.raises(ContractError):
        type_payload(invented(closes))


def test_a_week_without_a_trade_is_marked() -> None:
    found = invented_stock(invented([10, 11], volume={1: 0})).weeks

    assert [each.has_no_trades for each in found] == [False, True]


def test_a_price_below_a_cent_is_tick_bound() -> None:
    found = invented_stock(invented([0.01, 0.0099])).weeks

    assert [each.is_tick_bound for each in found] == [False, True]


def test_invented_payloads_are_taken_in_the_week_after() -> None:
    payload = invented([10, 11])

    assert invented_stock(payload).weeks[-1].is_complete_week
    assert payload.fetched_at.date() - timedelta(days=5) == invented_stock(payload).weeks[-1].week_ending
