"""What happened to a share, read from the jump of adjusted over raw close."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.silver.corporate_actions import add_corporate_actions
from tests.payloads import Bar, bar, moment, normalize_weekly, payload_of

FIRST = date(2020, 1, 3)


def weeks(*bars: Bar) -> pl.DataFrame:
    """Weeks one after the other, their actions added."""
    days = {str(FIRST + timedelta(weeks=number)): fields for number, fields in enumerate(bars)}
    series = normalize_weekly(payload_of(days), symbol="IBM", fetched_at=moment("2024-01-06"))
    return add_corporate_actions(series.rows.with_columns(received_adjusted_close=pl.lit(None, pl.Float64)))


def newest(*bars: Bar) -> dict[str, object]:
    return weeks(*bars).row(-1, named=True)


BEFORE = bar(close="100", adjusted_close="50")


def test_a_quiet_week_has_no_action() -> None:
    week = newest(BEFORE, BEFORE)

    assert (week["split_factor"], week["other_factor"], week["dividend_per_share"]) == (1, 1, 0)
    assert not (week["is_special_dividend"] or week["is_action_unsure"] or week["is_mixed_scale"])


@pytest.mark.parametrize(
    ("ratio", "adjusted"),
    [(2, "100"), (7, "350"), (1.5, "75"), (20, "1000"), (0.1, "5"), (1 / 20, "2.5"), (0.8, "40"), (1.25, "62.5")],
)
def test_a_jump_of_a_simple_ratio_is_a_split(ratio: float, adjusted: str) -> None:
    week = newest(BEFORE, bar(close="100", adjusted_close=adjusted))

    assert (week["split_factor"], week["other_factor"], week["dividend_per_share"]) == (ratio, 1, 0)


@pytest.mark.parametrize("adjusted", ["52.3", "60", "45"])  # ×1.046 as at a spin-off, ×1.2 and ×0.9
def test_a_jump_that_is_neither_split_nor_dividend_is_an_other_factor(adjusted: str) -> None:
    week = newest(BEFORE, bar(close="100", adjusted_close=adjusted))

    assert week["split_factor"] == 1
    assert week["other_factor"] == pytest.approx(float(adjusted) / 50)
    assert week["dividend_per_share"] == 0


@pytest.mark.parametrize("close_of_ex_date", [90, 100, 110])  # anywhere between the week's low and high
def test_a_dividend_explains_its_jump_wherever_in_the_week_it_fell(close_of_ex_date: float) -> None:
    adjusted = f"{50 * (1 + 2 / close_of_ex_date):.4f}"

    week = newest(BEFORE, bar(close="100", adjusted_close=adjusted, dividend_amount="2"))

    assert (week["split_factor"], week["other_factor"], week["dividend_per_share"]) == (1, 1, 2)
    assert not week["is_special_dividend"]


def test_a_dividend_in_todays_shares_is_restated_in_those_of_its_day() -> None:
    # 0.50 in today's shares, before a later 4:1 split: a share of that day received 2.
    ex_week = bar(close="100", adjusted_close="25.5", dividend_amount="0.50")
    split_week = bar(open="25", high="26", low="24", close="25", adjusted_close="25.5")

    history = weeks(bar(close="100", adjusted_close="25"), ex_week, split_week)

    assert history["split_factor"].to_list() == [1, 1, 4]
    assert history["dividend_per_share"].to_list() == [0, 2, 0]
    assert history["dividend_amount"].to_list() == [0, Decimal("0.5"), 0]


def test_a_dividend_that_no_reading_explains_is_null_and_its_jump_an_other_factor() -> None:
    week = newest(BEFORE, bar(close="100", adjusted_close="60", dividend_amount="2"))

    assert week["dividend_per_share"] is None
    assert week["other_factor"] == pytest.approx(1.2 / 1.02)


def test_a_split_and_a_dividend_may_share_a_week() -> None:
    week = newest(BEFORE, bar(close="100", adjusted_close="102", dividend_amount="2"))

    assert (week["split_factor"], week["other_factor"], week["dividend_per_share"]) == (2, 1, 2)


@pytest.mark.parametrize(("dividend", "is_special"), [("5.0", False), ("5.1", True)])
def test_a_dividend_above_five_percent_of_the_previous_close_is_special(dividend: str, is_special: bool) -> None:
    adjusted = str(50 * (1 + float(dividend) / 100))

    assert newest(BEFORE, bar(adjusted_close=adjusted, dividend_amount=dividend))["is_special_dividend"] is is_special


def test_an_action_inside_a_week_leaves_it_on_two_scales() -> None:
    inside = bar(open="100", high="104", low="50", close="51", adjusted_close="51")
    on_monday = bar(open="50", high="52", low="49", close="51", adjusted_close="51")

    assert newest(BEFORE, inside)["is_mixed_scale"]
    assert not newest(BEFORE, on_monday)["is_mixed_scale"]


def test_the_sources_rounding_is_no_action() -> None:
    # An adjusted close of 0.0377 has three digits: half a unit of its last place is 0.13 %.
    week = newest(bar(close="100", adjusted_close="0.0377"), bar(close="100.2", adjusted_close="0.0378"))

    assert (week["split_factor"], week["other_factor"]) == (1, 1)


def test_where_the_adjusted_close_is_unknown_the_factor_of_the_week_before_stands_in() -> None:
    history = weeks(BEFORE, bar(close="110", adjusted_close="0.0000"), bar(close="104", adjusted_close="52"))

    assert history["inferred_adjusted_close"].to_list() == [None, 55, None]
    assert history["split_factor"].to_list() == history["other_factor"].to_list() == [1, 1, 1]
    assert history["is_action_unsure"].to_list() == [False, True, False]


def test_a_dividend_of_a_week_without_an_adjusted_close_grows_the_factor() -> None:
    ex_week = bar(close="100", adjusted_close=None, dividend_amount="2")

    history = weeks(BEFORE, ex_week, bar(close="100", adjusted_close="51"))

    assert history["inferred_adjusted_close"].to_list() == [None, 51, None]
    assert history["dividend_per_share"].to_list() == [0, 2, 0]
    assert history["other_factor"].to_list() == [1, 1, 1]


def test_a_series_may_begin_without_or_lack_every_adjusted_close() -> None:
    unknown = bar(close="100", adjusted_close="None")
    ex_week = bar(close="100", adjusted_close="100", dividend_amount="25")

    assert weeks(unknown, unknown, ex_week)["inferred_adjusted_close"].to_list() == [80, 80, None]
    assert weeks(unknown, ex_week | {"adjusted_close": None})["inferred_adjusted_close"].to_list() == [80, 100]


def test_a_split_seen_after_a_week_without_an_adjusted_close_is_a_guess() -> None:
    history = weeks(BEFORE, bar(close="100", adjusted_close=None), bar(close="50", adjusted_close="50"))

    assert history["split_factor"].to_list() == [1, 1, 2]
    assert history["is_action_unsure"].to_list() == [False, True, True]


@pytest.mark.parametrize(("unknown", "close_of_ex_date"), [("high", 119), ("low", 84)])
def test_without_a_high_or_low_the_ex_date_close_lay_within_a_fifth_of_the_close(
    unknown: str, close_of_ex_date: float
) -> None:
    adjusted = f"{50 * (1 + 2 / close_of_ex_date):.4f}"

    week = newest(BEFORE, bar(close="100", adjusted_close=adjusted, dividend_amount="2", **{unknown: "0.0000"}))

    assert (week["split_factor"], week["other_factor"], week["dividend_per_share"]) == (1, 1, 2)
    assert week["is_action_unsure"]


def test_without_a_low_a_quiet_week_is_sure() -> None:
    assert not newest(BEFORE, BEFORE | {"low": "0.0000"})["is_action_unsure"]


def test_a_dividend_of_unknown_amount_stays_unknown() -> None:
    paid = newest(BEFORE, bar(close="100", adjusted_close="51", dividend_amount="None"))
    nothing = newest(BEFORE, BEFORE | {"dividend_amount": "None"})

    for week, is_unsure in ((paid, True), (nothing, False)):
        assert (week["dividend_amount"], week["dividend_per_share"], week["other_factor"]) == (None, None, 1)
        assert week["is_action_unsure"] is is_unsure


def test_a_jump_that_no_dividend_has_is_no_dividend_of_unknown_amount() -> None:
    split = newest(BEFORE, bar(close="100", adjusted_close="100", dividend_amount="None"))
    fall = newest(BEFORE, bar(close="100", adjusted_close="48", dividend_amount="None"))

    assert (split["split_factor"], split["other_factor"]) == (2, 1)
    assert fall["other_factor"] == pytest.approx(0.96)


def test_an_action_in_a_week_without_an_open_may_have_fallen_inside_it() -> None:
    assert newest(BEFORE, bar(open="0.0000", close="51", adjusted_close="51"))["is_mixed_scale"]


WILD = st.sampled_from(["None", "0.0000000001", "0.0001", "1", "3.3333", "100", "99999999999999999999"])


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(WILD, WILD, WILD, WILD, WILD), min_size=2, max_size=12))
def test_the_wildest_numbers_give_a_finite_action_or_none(rows: list[tuple[str, ...]]) -> None:
    names = ("open", "low", "close", "adjusted_close", "dividend_amount")
    history = weeks(*(bar(high="99999999999999999999", **dict(zip(names, row, strict=True))) for row in rows))

    assert history.height == sum(row[2] != "None" for row in rows)
    assert history["split_factor"].is_finite().all()
    assert history["other_factor"].is_finite().all()
