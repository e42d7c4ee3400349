"""Corporate actions of every captured week, and the rules that captures do not show."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.captures.folders import needs_real_captures
from tests.reference.captured import (
    captured_payload,
    captured_stock,
    case_payload,
    invented,
    invented_stock,
    real_captures,
)

IN_ORDER = [
    ("AAPL_20220211.json", "AAPL_20240415.json"),
    ("HPQ_20220211.json", "HPQ_20240415.json"),
    (
        "IBM_20220211.json",
        "IBM_20230622.json",
        "IBM_20231027.json",
        "IBM_20240415.json",
        "IBM_20251107.csv",
        "IBM_20260515.csv",
    ),
    ("MSFT_20180816.json", "MSFT_20191129.json", "MSFT_20240415.json"),
    ("NVDA_20220211.json", "NVDA_20240415.json"),
    ("TSLA_20210423.json", "TSLA_20240415.json"),
]


@needs_real_captures
def test_every_pair_of_captured_weeks_is_explained() -> None:
    weeks = [each for name in real_captures() for each in captured_stock(name).weeks if each.rule is not None]
    rules = Counter(each.rule for each in weeks)

    assert rules["nothing"] == 22_101
    assert rules["dividend"] + rules["distribution"] == 1_209
    assert rules["distribution"] == 3
    assert rules["split"] == 32
    assert rules["other factor"] == 6
    assert rules.total() == 23_348


@needs_real_captures
def test_the_distributions_and_other_factors_are_those_that_are_known() -> None:
    found = [
        (each.symbol, str(each.week_ending), each.rule, round(float(each.other_factor), 4))
        for name in real_captures()
        for each in captured_stock(name).weeks
        if each.other_factor != 1
    ]

    assert {(symbol, day, rule) for symbol, day, rule, _ in found} == {
        ("HPQ", "2015-11-06", "distribution"),
        ("GOOGL", "2014-04-04", "distribution"),
        ("IBM", "2021-11-05", "other factor"),
    }
    assert {factor for symbol, _, _, factor in found if symbol == "IBM"} == {1.046}


@needs_real_captures
def test_no_captured_split_is_unsure() -> None:
    splits = [
        each
        for name in real_captures()
        for each in captured_stock(name).weeks
        if (each.split_to, each.split_from) != (1, 1)
    ]

    assert len(splits) == 32
    assert not [each for each in splits if each.is_action_unsure]
    assert {each.split_from for each in splits} == {1, 2}  # NVDA's 3:2 of 2007 among them


@needs_real_captures
def test_dividends_in_todays_shares_are_read_in_those_of_the_day() -> None:
    stock = captured_stock("T.TO_20230224.json")
    paid = [each for each in stock.weeks if each.dividend_per_share]
    times = Counter(each.dividend_per_share / each.dividend_amount for each in paid)

    assert times == {Fraction(4): 33, Fraction(2): 28, Fraction(1): 11}
    assert stock.week("2005-03-11").dividend_amount == Fraction(5, 100)
    assert stock.week("2005-03-11").dividend_per_share == Fraction(20, 100)


@needs_real_captures
@pytest.mark.parametrize("names", IN_ORDER)
def test_what_silver_holds_agrees_with_every_later_payload(names: tuple[str, ...]) -> None:
    first, seen_again = captured_stock(names[0]), captured_stock(*names)
    complete = [each for each in first.weeks if each.is_complete_week]
    pairs = [(each, seen_again.by_week[each.week_ending]) for each in complete]

    assert len(pairs) == len(complete) > 500
    assert not [one for one, other in pairs if (one.rule, one.h) != (other.rule, other.h)]


@needs_real_captures
def test_each_payload_alone_tells_the_dividends_that_the_one_before_told() -> None:
    seen_again = []
    for names in IN_ORDER:
        for one, other in pairwise(map(captured_stock, names)):
            seen_again += [
                (each, other.by_week[each.week_ending])
                for each in one.complete_weeks[1:]
                if each.dividend_per_share and each.week_ending in other.by_week
            ]

    assert len(seen_again) > 700
    assert not [one for one, other in seen_again if one.dividend_per_share != other.dividend_per_share]


@needs_real_captures
def test_retained_weeks_are_not_inferred_again_after_a_reverse_split() -> None:
    whole = captured_payload("IBM_20240415.json")
    before = captured_stock("IBM_20240415.json")
    kept = [each for each in before.weeks[370:] if each.is_complete_week]
    closes = [float(each.close) for each in kept]
    adjusted = [round(20 * closes[-1] * each.total_return_index / kept[-1].total_return_index, 4) for each in kept]
    later = invented(
        [*closes, 20 * closes[-1]],
        [*adjusted, adjusted[-1]],
        {place: float(each.dividend_amount or 0) for place, each in enumerate(kept)},
        first=kept[0].week_ending,
        symbol="IBM",
    )
    again = invented_stock(whole, later)
    retained = [each for each in again.weeks if each.is_retained]

    assert len(retained) == 370
    assert [each.rule for each in retained] == [each.rule for each in before.weeks[:370]]
    assert (again.weeks[-1].split_to, again.weeks[-1].split_from) == (1, 20)
    assert float(retained[0].adj_close or 0) == pytest.approx(20 * float(before.weeks[0].adj_close or 0), rel=1e-3)


@needs_real_captures
@pytest.mark.parametrize(
    ("name", "day", "is_mixed"),
    [
        ("AAPL_20240415.json", "2000-06-23", True),
        ("AAPL_20240415.json", "2005-03-04", False),
        ("TSLA_20240415.json", "2022-08-26", True),
        ("NVDA_20240415.json", "2021-07-23", True),
    ],
)
def test_a_week_with_an_action_inside_it_is_on_two_scales(name: str, day: str, is_mixed: bool) -> None:
    found = captured_stock(name).week(day)

    assert (found.split_to, found.split_from) != (1, 1)
    assert found.is_mixed_scale is is_mixed
    assert (found.adj_high is None, found.range_pct is None, found.adj_volume is None) == (is_mixed,) * 3


@needs_real_captures
def test_a_cash_dividend_never_mixes_scales() -> None:
    mixed = [each for name in real_captures() for each in captured_stock(name).weeks if each.is_mixed_scale]

    assert len(mixed) > 10
    assert not [each for each in mixed if each.factor == 1]


@needs_real_captures
def test_a_stock_dividend_of_5_percent_is_a_split_of_21_to_20() -> None:
    stock = invented_stock(case_payload("stock_dividend_5_percent__SDIV5"))

    assert [(each.split_to, each.split_from, each.is_action_unsure) for each in stock.weeks][-1] == (21, 20, False)
    assert [each.adj_volume for each in stock.weeks] == [1_050_000, 1_050_000, 1_000_000]


@pytest.mark.parametrize(
    ("closes", "adjusted", "dividend", "split"),
    [
        ([5000, 20], [20, 20], 0, Fraction(250)),
        ([0.2, 50], [50, 50], 0, Fraction(1, 250)),
        ([0.05, 50], [50, 50], 0, Fraction(1, 1000)),
        ([21, 20], [20, 20], 0, Fraction(21, 20)),
        ([103.0, 99.5], [99.5025, 99.5], "0.5", Fraction(103, 100)),  # 103 ÷ 1.03 ÷ (1 + 0.5 ÷ 99.5)
        ([90, 60], [60, 60], 0, Fraction(3, 2)),
    ],
)
def test_a_ratio_of_a_family_is_a_split(
    closes: list[float], adjusted: list[float], dividend: float | str, split: Fraction
) -> None:
    found = invented_stock(invented([*closes, closes[-1]], [*adjusted, adjusted[-1]], {1: dividend})).weeks[1]

    assert (Fraction(found.split_to, found.split_from), found.is_action_unsure) == (split, False)
    assert found.dividend_per_share == Fraction(dividend)


def test_a_split_of_a_coarse_factor_is_taken_only_if_it_is_simple() -> None:
    simple = invented_stock(invented([30, 15, 15], [0.0006, 0.0006, 0.0006])).weeks[1]
    other = invented_stock(invented([30, 15.7, 15.7], [0.0104, 0.0104, 0.0104])).weeks[1]

    assert (simple.split_to, simple.split_from, simple.is_action_unsure) == (2, 1, True)
    assert (other.rule, other.is_factor_coarse) == ("other factor", True)


def test_a_dividend_that_the_source_has_not_adjusted_for_counts_in_the_return() -> None:
    found = invented_stock(invented([100, 98, 98], dividends={1: 2})).weeks[1]

    assert (found.rule, found.is_action_unsure) == ("dividend not adjusted for", True)
    assert found.weekly_return_pct == pytest.approx(0, abs=1e-9)
    assert found.price_return_pct == pytest.approx(-2)


def test_a_dividend_of_another_size_than_the_growth_is_unsure() -> None:
    found = invented_stock(invented([100, 100, 100], [97, 100, 100], {1: 2})).weeks[1]

    assert (found.rule, found.dividend_per_share, found.is_action_unsure) == ("noisy dividend", 2, True)
    assert found.weekly_return_pct == pytest.approx(100 * (100 / 97 - 1))


def test_an_unknown_dividend_is_read_from_the_growth() -> None:
    found = invented_stock(invented([100, 100, 100], [98.0392, 100, 100], {1: "None"})).weeks
    none = invented_stock(invented([100, 101, 100], dividends={1: "None"})).weeks

    assert (found[1].rule, found[1].is_action_unsure) == ("unknown dividend", True)
    assert found[1].dividend_per_share == Fraction(2)
    assert (none[1].rule, none[1].is_action_unsure) == ("nothing", False)


def test_a_growth_of_no_family_is_the_shortest_decimal() -> None:
    found = invented_stock(invented([104.6, 100, 100], [100, 100, 100])).weeks[1]
    longer = invented_stock(invented([197312.34, 100000, 100000], [100000, 100000, 100000])).weeks[1]

    assert (found.other_factor, found.rule, found.is_action_unsure) == (Fraction("1.046"), "other factor", False)
    assert longer.other_factor == Fraction("1.9731234")


def test_a_corrected_close_is_inferred_anew() -> None:
    later = [51.0 + place for place in range(10)]
    first = invented([100, 50, *later], [50, 50, *later])
    second = invented([100, 100, *later, 61], [50, 50, *later, 61])
    again = invented_stock(first, second).weeks

    assert [each.split_to for each in invented_stock(first).weeks][:3] == [1, 2, 1]
    assert [each.split_to for each in again][:3] == [1, 1, 2]
