"""What happened to a share in a week, by the rules in their order."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.silver.actions.infer import add_corporate_actions
from include.silver.actions.record import NOT_RECORDED
from include.silver.schema import EXACT
from tests.payloads import Bar, bar, moment, normalize_weekly, payload_of
from tests.properties import examples

FIRST = date(2020, 1, 3)
BEFORE = bar(close="100", adjusted_close="50")
AFTER = bar(close="100", adjusted_close="100")


def weeks(*bars: Bar) -> pl.DataFrame:
    """Weeks one after the other, their actions added."""
    days = {str(FIRST + timedelta(weeks=number)): fields for number, fields in enumerate(bars)}
    series = normalize_weekly(payload_of(days), symbol="IBM", fetched_at=moment("2024-01-06"))
    fresh = [pl.lit(value=False).alias("is_retained"), pl.lit(None, EXACT).alias("received_adjusted_close")]
    return add_corporate_actions(series.rows.with_columns(*fresh, *NOT_RECORDED))


def newest(*bars: Bar) -> dict[str, object]:
    return weeks(*bars).row(-1, named=True)


def grown(times: float, **changes: object) -> dict[str, object]:
    """The second week of a share whose factor grew so many times, and whose close fell by as much; another follows."""
    before, close = f"{100 * max(times, 1):.4f}", f"{100 / min(times, 1):.4f}"
    own = bar(open=close, high=close, low=close, close=close, adjusted_close=close) | changes
    return weeks(bar(close=before, adjusted_close=close), own, own).row(1, named=True)


def split_of(week: dict[str, object]) -> tuple[object, object]:
    return week["split_to"], week["split_from"]


def test_a_quiet_week_has_no_action() -> None:
    week = newest(BEFORE, BEFORE)

    assert split_of(week) == (1, 1)
    factors = [week[name] for name in ("unit_factor", "other_factor", "total_return_factor")]
    assert factors == [1, 1, 1]
    paid = [week[f"{kind}_per_share"] for kind in ("dividend", "special_dividend", "distribution")]
    assert paid == [0, 0, 0]
    assert not any(week[f"is_{name}"] for name in ("action_unsure", "mixed_scale", "factor_returning", "factor_coarse"))


@pytest.mark.parametrize(
    ("times", "split"),
    [
        (2, (2, 1)),
        (7, (7, 1)),
        (1.5, (3, 2)),
        (1.25, (5, 4)),
        (0.8, (4, 5)),
        (20, (20, 1)),
        (33.3, None),
        (1 / 15, (1, 15)),
        (1 / 250, (1, 250)),
        (1 / 1000, (1, 1000)),
        (250, (250, 1)),
        (1.05, (21, 20)),
        (1.03, (103, 100)),
        (1.24, (31, 25)),
        (1.12, (28, 25)),
        (1.01, (101, 100)),
        (1000, (1000, 1)),
        (100 / 9, (100, 9)),
        (12 / 11, None),  # more than ten old shares
        (101 / 10, None),  # more than a hundred new ones
        (1 / 1001, None),
    ],
)
def test_a_growth_of_a_ratio_of_a_family_is_a_sure_split(times: float, split: tuple[int, int] | None) -> None:
    week = grown(times)

    assert split_of(week) == (split or (1, 1))
    assert (week["other_factor"] == 1) is (split is not None)
    assert (week["dividend_per_share"], week["is_action_unsure"]) == (0, False)
    assert week["total_return_factor"] == pytest.approx(times, rel=1e-3)


def test_the_total_return_of_a_split_is_its_ratio_exactly() -> None:
    assert grown(3)["total_return_factor"] == 3
    assert grown(1 / 15)["total_return_factor"] == 1 / 15


@pytest.mark.parametrize(
    ("times", "factor"), [(1.046, 1.046), (1.973, 1.973), (0.93, 0.93), (1.97312, 1.97312), (1.000254, 1.000254)]
)
def test_a_growth_of_no_family_is_the_shortest_decimal(times: float, factor: float) -> None:
    week = grown(times)

    assert (*split_of(week), week["other_factor"], week["total_return_factor"]) == (1, 1, factor, factor)
    assert (week["dividend_per_share"], week["is_action_unsure"]) == (0, False)


@pytest.mark.parametrize("close_of_ex_date", [90, 100, 110])  # anywhere between the week's low and high
def test_a_dividend_explains_its_growth_wherever_in_the_week_it_fell(close_of_ex_date: float) -> None:
    adjusted = f"{50 * (1 + 2 / close_of_ex_date):.4f}"

    week = newest(BEFORE, bar(close="100", adjusted_close=adjusted, dividend_amount="2"))

    assert (*split_of(week), week["other_factor"], week["dividend_per_share"]) == (1, 1, 1, 2)
    assert week["total_return_factor"] == pytest.approx(float(adjusted) / 50, rel=1e-12)
    assert not week["is_action_unsure"]


def test_a_dividend_in_todays_shares_is_restated_in_those_of_its_day() -> None:
    # 0.50 in today's shares, before a later 4:1 split: a share of that day received 2.
    ex_week = bar(close="100", adjusted_close="25.5", dividend_amount="0.50")
    split_week = bar(open="25", high="26", low="24", close="25", adjusted_close="25.5")

    history = weeks(bar(close="100", adjusted_close="25"), ex_week, split_week)

    assert history["split_to"].to_list() == [1, 1, 4]
    assert history["dividend_per_share"].to_list() == [0, 2, 0]
    assert history["dividend_amount"].to_list() == [0, Decimal("0.5"), 0]


def test_a_dividend_that_the_source_has_not_adjusted_for_counts_in_the_total_return() -> None:
    week = newest(AFTER, bar(close="98", adjusted_close="98", dividend_amount="2"))

    assert (week["dividend_per_share"], week["is_action_unsure"]) == (2, True)
    assert week["total_return_factor"] == pytest.approx(100 / 98)


def test_a_split_and_a_dividend_may_share_a_week() -> None:
    week = newest(
        bar(close="200", adjusted_close="98.0392"), bar(close="100", adjusted_close="100", dividend_amount="2")
    )

    assert (*split_of(week), week["other_factor"], week["dividend_per_share"]) == (2, 1, 1, 2)
    assert week["total_return_factor"] == pytest.approx(2.04, rel=1e-6)


def test_a_stock_dividend_and_a_cash_dividend_may_share_a_week() -> None:
    at_100 = {"high": "100", "low": "100"}
    own = bar(close="100", adjusted_close="100", dividend_amount="0.5") | at_100
    week = newest(bar(close="103.515", adjusted_close="100"), own)  # 103.515 = 100 × 1.03 × (1 + 0.5 ÷ 100)

    assert (*split_of(week), week["dividend_per_share"], week["is_action_unsure"]) == (103, 100, Decimal("0.5"), False)


@pytest.mark.parametrize(
    ("adjusted_before", "is_taken"), [("96.1539", True), ("96.1446", False), ("99.0099", True), ("99.0197", False)]
)
def test_a_growth_of_half_to_twice_a_dividend_is_its_own(adjusted_before: str, is_taken: bool) -> None:
    # Growths of 1.04, 1.0401, 1.01 and 1.0099 for a dividend of 2 %.
    ex_week = AFTER | {"high": "101", "low": "99", "dividend_amount": "2"}
    week = weeks(bar(close="100", adjusted_close=adjusted_before), ex_week, AFTER).row(1, named=True)

    assert (week["other_factor"] == 1, week["is_action_unsure"]) == (is_taken, is_taken)


def test_a_dividend_of_another_size_than_the_growth_is_unsure() -> None:
    ex_week = AFTER | {"high": "101", "low": "99", "dividend_amount": "2"}
    week = weeks(bar(close="100", adjusted_close="97"), ex_week, AFTER).row(1, named=True)

    assert (week["dividend_per_share"], week["other_factor"], week["is_action_unsure"]) == (2, 1, True)
    assert week["total_return_factor"] == pytest.approx(100 / 97)


def test_what_a_dividend_leaves_unexplained_is_an_other_factor() -> None:
    week = weeks(bar(close="100", adjusted_close="80"), AFTER | {"dividend_amount": "2"}, AFTER).row(1, named=True)

    assert (week["dividend_per_share"], week["other_factor"]) == (2, 1.22549)  # 1.25 ÷ 1.02
    assert week["total_return_factor"] == 1.25


def test_a_dividend_of_unknown_amount_is_read_from_the_growth() -> None:
    unknown = AFTER | {"dividend_amount": "None"}
    paid = weeks(bar(close="100", adjusted_close="98.0392"), unknown, AFTER).row(1, named=True)
    nothing = newest(AFTER, unknown)

    assert (paid["dividend_amount"], paid["dividend_per_share"], paid["is_action_unsure"]) == (None, 2, True)
    assert (nothing["dividend_amount"], nothing["dividend_per_share"], nothing["is_action_unsure"]) == (None, 0, False)


@pytest.mark.parametrize(("adjusted_before", "paid"), [("84.0336", 19), ("82.6446", 0)])
def test_a_dividend_of_unknown_amount_is_less_than_a_fifth(adjusted_before: str, paid: int) -> None:
    unknown = AFTER | {"dividend_amount": "None"}
    week = weeks(bar(close="100", adjusted_close=adjusted_before), unknown, AFTER).row(1, named=True)

    assert week["dividend_per_share"] == pytest.approx(paid, abs=1e-4)


def test_a_growth_that_no_dividend_has_is_no_dividend_of_unknown_amount() -> None:
    split = newest(bar(close="200", adjusted_close="100"), AFTER | {"dividend_amount": "None"})
    fall = weeks(AFTER, bar(close="104.1667", adjusted_close="100", dividend_amount="None"), AFTER).row(1, named=True)

    assert (split_of(split), split["other_factor"]) == ((2, 1), 1)
    assert fall["dividend_per_share"] == 0


def test_a_coarse_growth_is_a_split_only_if_it_is_simple() -> None:
    def coarse(close: str, adjusted: str) -> dict[str, object]:
        after = bar(close=close, adjusted_close=adjusted)
        return weeks(bar(close="30", adjusted_close=adjusted), after, after).row(1, named=True)

    simple, other = coarse("15", "0.0006"), coarse("15.7", "0.0104")

    assert (split_of(simple), simple["is_action_unsure"], simple["is_factor_coarse"]) == ((2, 1), True, True)
    assert (split_of(other), other["other_factor"], other["is_factor_coarse"]) == ((1, 1), 1.9108, True)


@pytest.mark.parametrize(("close", "split"), [("21.4286", (7, 5)), ("18.75", (1, 1))])
def test_a_coarse_growth_is_no_ratio_of_more_than_twelve_terms(close: str, split: tuple[int, int]) -> None:
    # 7:5 and 8:5, each as 30 over the close, with adjusted closes of three digits.
    after = bar(open=close, high=close, low=close, close=close, adjusted_close="0.0204")
    week = weeks(bar(close="30", adjusted_close="0.0204"), after, after).row(1, named=True)

    assert (split_of(week), week["is_factor_coarse"]) == (split, True)


@pytest.mark.parametrize(
    ("close", "adjusted", "volume", "unit"),
    [
        ("1.2900", "1.2900", "1000", 100),  # within 1.3 of a hundredth
        ("1.3100", "1.3100", "1000", 1),
        ("0.7700", "0.7700", "1000", 100),
        ("0.7600", "0.7600", "1000", 1),
        ("129.00", "1.2900", "1000", 1),  # both closes jump, or neither
        ("1.0000", "1.0000", "19999", 100),
        ("1.0000", "1.0000", "20000", 1),
        ("1.0000", "1.0000", "50", 1),
    ],
)
def test_both_closes_jump_by_a_hundred_and_the_volume_does_not_where_the_unit_changes(
    close: str, adjusted: str, volume: str, unit: int
) -> None:
    own = bar(open=close, high=close, low=close, close=close, adjusted_close=adjusted, volume=volume)

    assert newest(AFTER, own)["unit_factor"] == unit
    back = AFTER | {"volume": volume}
    assert newest(own | {"volume": "1000"}, back)["unit_factor"] == (1 if unit == 1 else 0.01)


@pytest.mark.parametrize("dividend", ["1", "0.01"])
def test_a_dividend_in_the_week_of_a_unit_switch_may_be_in_either_unit(dividend: str) -> None:
    own = bar(open="1", high="1", low="1", close="1", adjusted_close="1", dividend_amount=dividend)
    week = newest(bar(close="101", adjusted_close="100"), own)

    assert (week["unit_factor"], week["dividend_per_share"]) == (100, Decimal("0.01"))
    assert week["total_return_factor"] == pytest.approx(101)


@pytest.mark.parametrize(("times", "is_unsure"), [(1.59, False), (1.61, True), (1 / 1.59, False), (1 / 1.61, True)])
def test_a_move_of_more_than_1_6_times_without_an_action_is_unsure(times: float, is_unsure: bool) -> None:
    price = f"{100 * times:.4f}"
    week = newest(AFTER, bar(open=price, high=price, low=price, close=price, adjusted_close=price))

    assert (split_of(week), week["other_factor"], week["total_return_factor"]) == ((1, 1), 1, 1)
    assert week["is_action_unsure"] is is_unsure


@pytest.mark.parametrize(("adjusted", "factor"), [("119.37", 1.1937), ("121.37", 1), ("84.37", 0.8437), ("82.37", 1)])
def test_a_factor_of_no_family_in_the_newest_week_is_believed_up_to_1_2(adjusted: str, factor: float) -> None:
    week = newest(AFTER, AFTER, AFTER | {"adjusted_close": adjusted})

    assert (*split_of(week), week["other_factor"], week["is_action_unsure"]) == (1, 1, factor, factor == 1)


def test_the_sources_rounding_is_no_action() -> None:
    # An adjusted close of 0.0377 has three digits: half a unit of its last place is 0.13 %.
    week = newest(bar(close="100", adjusted_close="0.0377"), bar(close="100.2", adjusted_close="0.0378"))

    assert (*split_of(week), week["other_factor"], week["is_action_unsure"]) == (1, 1, 1, False)
    assert week["is_factor_coarse"]


def test_closes_of_the_last_decimal_move_as_the_raw_close_does() -> None:
    # 15.20, 15.00, 15.60 with adjusted closes of a digit each: -1.32 % and +4.00 %, not -12.5 and +14.3.
    raw = [("15.20", "0.0008"), ("15.00", "0.0007"), ("15.60", "0.0008")]
    history = weeks(*(bar(close=close, adjusted_close=adjusted) for close, adjusted in raw))

    assert history["total_return_factor"].to_list() == [1, 1, 1]
    assert not history["is_factor_returning"].any()


def test_an_action_inside_a_week_leaves_it_on_two_scales() -> None:
    inside = bar(open="100", high="104", low="50", close="51", adjusted_close="51")
    on_monday = bar(open="50", high="52", low="49", close="51", adjusted_close="51")

    assert newest(BEFORE, inside)["is_mixed_scale"]
    assert not newest(BEFORE, on_monday)["is_mixed_scale"]
    assert newest(BEFORE, inside | {"open": "0.0000"})["is_mixed_scale"]


@pytest.mark.parametrize(("times", "is_mixed"), [(1.02, False), (1.03, True)])
def test_an_action_of_two_percent_or_less_mixes_no_scales(times: float, is_mixed: bool) -> None:
    assert grown(times, open=str(100 * times), high=str(100 * times))["is_mixed_scale"] is is_mixed


@pytest.mark.parametrize(("unknown", "close_of_ex_date"), [("high", 119), ("low", 84)])
def test_without_a_high_or_low_the_ex_date_close_lay_within_a_fifth_of_the_close(
    unknown: str, close_of_ex_date: float
) -> None:
    adjusted = f"{50 * (1 + 2 / close_of_ex_date):.4f}"

    week = newest(BEFORE, bar(close="100", adjusted_close=adjusted, dividend_amount="2", **{unknown: "0.0000"}))

    assert (*split_of(week), week["other_factor"], week["dividend_per_share"]) == (1, 1, 1, 2)
    assert week["is_action_unsure"]


def test_without_a_low_a_quiet_week_is_sure() -> None:
    assert not newest(BEFORE, BEFORE | {"low": "0.0000"})["is_action_unsure"]


def test_where_the_adjusted_close_is_unknown_the_factor_of_the_week_before_stands_in() -> None:
    history = weeks(BEFORE, bar(close="110", adjusted_close="0.0000"), bar(close="104", adjusted_close="52"))

    assert history["inferred_adjusted_close"].to_list() == [None, 55, None]
    assert history["total_return_factor"].to_list() == [1, 1, 1]
    assert history["is_action_unsure"].to_list() == [False, True, False]


def test_a_dividend_of_a_week_without_an_adjusted_close_grows_the_factor() -> None:
    ex_week = bar(close="100", adjusted_close=None, dividend_amount="2")

    history = weeks(BEFORE, ex_week, bar(close="100", adjusted_close="51"))

    assert history["inferred_adjusted_close"].to_list() == [None, 51, None]
    assert history["dividend_per_share"].to_list() == [0, 2, 0]
    assert history["total_return_factor"].to_list() == [1, 1.02, 1]


def test_a_series_may_begin_without_or_lack_every_adjusted_close() -> None:
    unknown = bar(close="100", adjusted_close="None")
    ex_week = bar(close="100", adjusted_close="100", dividend_amount="25")

    assert weeks(unknown, unknown, ex_week)["inferred_adjusted_close"].to_list() == [80, 80, None]
    assert weeks(unknown, ex_week | {"adjusted_close": None})["inferred_adjusted_close"].to_list() == [80, 100]


def test_of_an_action_seen_after_a_week_without_an_adjusted_close_the_week_is_not_known() -> None:
    history = weeks(BEFORE, bar(close="100", adjusted_close=None), bar(close="50", adjusted_close="50"))

    assert history["split_to"].to_list() == [1, 1, 2]
    assert history["is_factor_coarse"].to_list() == [False, False, True]


WILD = st.sampled_from(["None", "0.0000000001", "0.0001", "1", "3.3333", "100", "99999999999999999999"])


@examples(150)
@given(st.lists(st.tuples(WILD, WILD, WILD, WILD, WILD), min_size=2, max_size=12))
def test_the_wildest_numbers_give_a_finite_action(rows: list[tuple[str, ...]]) -> None:
    names = ("open", "low", "close", "adjusted_close", "dividend_amount")
    history = weeks(*(bar(high="99999999999999999999", **dict(zip(names, row, strict=True))) for row in rows))

    assert history.height == sum(row[2] != "None" for row in rows)
    for name in ("split_to", "split_from", "other_factor", "unit_factor", "total_return_factor"):
        assert (history[name] > 0).all(), history.select(
            name, "close", "adjusted_close", "dividend_amount", "factor_growth"
        ).rows()
        assert history[name].cast(pl.Float64).is_finite().all()
