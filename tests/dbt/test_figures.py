"""The figures of gold against the same figures computed here, from the definitions and not from the SQL."""

import itertools
import math
import statistics
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.dbt.gold import GREEN, Gold
from tests.dbt.weeks import Week, friday, series

TWO_WEEKS_MISSING = [number for number in range(140) if number not in (80, 81)]


@pytest.fixture(scope="module")
def weeks() -> list[Week]:
    """Nearly three years of one stock: dividends, two splits, a gap, a special dividend, an open week."""
    dividends = {10: "0.9", 35: "0.9", 60: "0.3", 85: "9.0", 110: "0.3", 130: "0.15"}
    stock = series("IBM", TWO_WEEKS_MISSING, dividends=dividends, splits={50: 3, 120: 2})
    special = friday(85)
    return [
        Week(
            **week.columns()
            | {
                "special_dividend_per_share": week.dividend_per_share if week.week_ending == special else Decimal(0),
                "is_complete_week": week is not stock[-1],
                "price_date": week.week_ending - timedelta(days=1 if week.week_ending == friday(100) else 0),
            }
        )
        for week in stock
    ]


@pytest.fixture(scope="module")
def consolidated() -> list[Week]:
    """A stock that paid in its first week; since then fifteen of its shares became one, twice."""
    return [
        replace(
            week,
            adjusted_close=week.close * (225 if number < 20 else 15 if number < 40 else 1),
            split_from=15 if number in (20, 40) else 1,
            dividend_amount=Decimal("0.45" if number == 0 else 0),
            dividend_per_share=Decimal("0.45" if number == 0 else 0),
        )
        for number, week in enumerate(series("TWICE", range(60)))
    ]


@pytest.fixture(scope="module")
def gold(new_gold: Callable[[], Gold], weeks: list[Week], consolidated: list[Week]) -> Gold:
    """These stocks, published."""
    warehouse = new_gold()
    warehouse.write(*weeks, *consolidated)
    assert set(warehouse.publish().values()) <= GREEN
    return warehouse


def test_returns_compare_adjusted_closes(gold: Gold, weeks: list[Week]):
    expected = [None] + [
        float(100 * (week.adjusted_close / before.adjusted_close - 1)) for before, week in itertools.pairwise(weeks)
    ]
    assert _column(gold, "weekly_return_pct") == pytest.approx(_numbers(expected), rel=1e-12, nan_ok=True)


def test_a_holiday_week_spans_one_week(gold: Gold):
    spans = dict(gold.facts("IBM", "week_ending", "weeks_spanned"))

    assert spans[friday(100)] == 1
    assert spans[friday(82)] == 3


def test_volatility_is_of_the_52_newest_one_week_log_returns(gold: Gold, weeks: list[Week]):
    expected = []
    for position, week in enumerate(weeks):
        returns = _one_week_log_returns(weeks[: position + 1])[-52:]
        recent = [value for ending, value in returns if week.week_ending - ending < timedelta(weeks=60)]
        is_known = week.is_complete_week and len(recent) == 52
        expected.append(100 * math.sqrt(52) * statistics.stdev(recent) if is_known else None)

    assert sum(value is not None for value in expected) > 50
    assert _column(gold, "volatility_pct") == pytest.approx(_numbers(expected), rel=1e-9, nan_ok=True)


def test_z_scores_compare_with_the_52_returns_before(gold: Gold, weeks: list[Week]):
    returns = _one_week_log_returns(weeks)
    scores = {}
    for position, (ending, value) in enumerate(returns):
        if position >= 52:
            before = [earlier for _, earlier in returns[position - 52 : position]]
            scores[ending] = (value - statistics.fmean(before)) / statistics.stdev(before)

    assert len(scores) > 50
    expected = _numbers([scores.get(week.week_ending) for week in weeks])
    assert _column(gold, "return_z_score") == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_52_week_highs_count_in_the_shares_of_their_row(gold: Gold, weeks: list[Week]):
    expected = []
    for position, week in enumerate(weeks):
        highs, split = [], Decimal(1)
        for earlier in reversed(weeks[: position + 1]):
            if week.week_ending - earlier.week_ending >= timedelta(weeks=52):
                break
            highs.append(earlier.high / split)
            split *= earlier.split_factor
        has_a_year = week.week_ending - weeks[0].week_ending >= timedelta(weeks=51)
        expected.append(float(max(highs)) if has_a_year else None)

    assert sum(value is not None for value in expected) > 50
    assert _column(gold, "high_52w") == pytest.approx(_numbers(expected), rel=1e-12, nan_ok=True)


def test_the_yield_leaves_out_specials_and_splits_old_dividends(gold: Gold, weeks: list[Week]):
    # Week 121 stands after the second split: 0.3 of weeks 110 halves; week 85's 9.0 is special.
    close = next(week.close for week in weeks if week.week_ending == friday(121))
    ((found, count),) = gold.execute(
        "select dividend_yield_pct, dividend_count_12m from gold.fact_adjusted_prices"
        f" where week_ending = '{friday(121)}'"
    )
    assert count == 1
    assert found == pytest.approx(float(100 * Decimal("0.15") / close), rel=1e-12)


def test_the_latest_week_is_complete(gold: Gold):
    assert gold.execute("select week_ending from gold.mart_latest_week where symbol = 'IBM'") == [(friday(138),)]


def test_a_dividend_in_todays_shares_is_exact(gold: Gold):
    ((amount,),) = gold.execute(
        "select dividend_per_share from gold.mart_dividends where symbol = 'TWICE' and year = 2010"
    )

    # A double precision would keep fifteen digits.
    assert abs(amount - Decimal("101.25")) < Decimal("1e-16")  # 0.45 × 15 × 15


def _column(gold: Gold, name: str) -> list[float]:
    return _numbers([value for (value,) in gold.facts("IBM", name)])


def _numbers(values: list[object]) -> list[float]:
    # pytest.approx compares nan with nan, but not None with None.
    return [math.nan if value is None else float(value) for value in values]  # type: ignore[arg-type]  # numbers all


def _one_week_log_returns(weeks: list[Week]) -> list[tuple[object, float]]:
    pairs = itertools.pairwise(weeks)
    return [
        (week.week_ending, math.log(week.adjusted_close / before.adjusted_close))
        for before, week in pairs
        if week.is_complete_week and week.week_ending - before.week_ending == timedelta(weeks=1)
    ]
