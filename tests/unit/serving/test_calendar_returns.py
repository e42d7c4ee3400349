"""Returns of months and years: by hand, with gaps, and chained to the return of the whole time."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.serving.calendar_returns import compute_calendar_returns
from tests.properties import examples

FRIDAY = date(2010, 12, 3)


def returns(*days_and_levels: tuple[date, float]) -> dict[tuple[int, int], float]:
    schema = {"price_date": pl.Date, "total_return_index": pl.Float64}
    rows = compute_calendar_returns(pl.DataFrame(days_and_levels, schema, orient="row"))
    return {(year, month): value for year, month, value in rows.iter_rows()}


def test_months_and_years_by_hand() -> None:
    found = returns(
        (date(2010, 12, 3), 80), (date(2010, 12, 31), 100), (date(2011, 1, 7), 90), (date(2011, 1, 28), 110),
        (date(2011, 2, 25), 121), (date(2011, 12, 30), 150), (date(2012, 1, 6), 75),
    )  # fmt: skip

    assert found == {
        (2011, 0): pytest.approx(50),  # of 2010 it is not known where it began
        (2011, 1): pytest.approx(10),
        (2011, 2): pytest.approx(10),
        (2012, 0): pytest.approx(-50),  # so far
        (2012, 1): pytest.approx(-50),
    }  # December 2011 follows on months without a week


def test_a_year_without_weeks_leaves_the_next_without_a_return() -> None:
    assert returns((date(2009, 12, 25), 10), (date(2011, 12, 30), 20)) == {}
    assert returns() == {}


@examples(60)
@given(st.lists(st.integers(-5000, 5000), min_size=60, max_size=200))
def test_months_chain_to_years_and_years_to_the_whole(changes: list[int]) -> None:
    levels = 100 * np.cumprod([1.0, *(1 + change / 100_00 for change in changes)])
    days = [FRIDAY + timedelta(weeks=week) for week in range(len(levels))]
    found = returns(*zip(days, levels.tolist(), strict=True))

    years = sorted({year for year, _ in found})
    for year in years[1:-1]:
        months = [1 + found[year, month] / 100 for month in range(1, 13)]
        assert np.prod(months) == pytest.approx(1 + found[year, 0] / 100, rel=1e-9)
    last_of_2010 = max(place for place, day in enumerate(days) if day.year == 2010)
    whole = np.prod([1 + found[year, 0] / 100 for year in years if year > 2010])
    assert whole == pytest.approx(levels[-1] / levels[last_of_2010], rel=1e-9)
