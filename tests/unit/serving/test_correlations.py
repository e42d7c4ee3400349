"""Correlations of a period: of common weeks alone, each pair once in both orders, and the same as numpy's."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.serving.correlations import FEWEST_WEEKS, compute_correlations
from tests.properties import examples

FRIDAY = date(2010, 1, 1)
WEEKS = FEWEST_WEEKS + 3


def weeks(**returns: list[float]) -> pl.DataFrame:
    """A base week, and weeks of these returns in percent, all of them to the same last week."""
    longest = max(map(len, returns.values()))
    rows = [
        (symbol, FRIDAY + timedelta(weeks=longest - len(values) + place), value, 1)
        for symbol, values in sorted(returns.items())
        for place, value in enumerate([0.0, *values])
    ]
    return pl.DataFrame(rows, ["symbol", "week_ending", "weekly_return_pct", "weeks_spanned"], orient="row")


def found(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[float, int]]:
    return {(one, other): (value, common) for one, other, value, common in compute_correlations(frame).iter_rows()}


def test_pairs_by_hand() -> None:
    up_and_down = [1.0, -1.0] * 10
    pairs = found(weeks(A=up_and_down, B=[-value for value in up_and_down], C=up_and_down[:2] * 6))

    assert pairs["A", "A"] == (pytest.approx(1), 20)
    assert pairs["A", "B"] == pairs["B", "A"] == (pytest.approx(-1, abs=1e-3), 20)  # log returns are not symmetric
    assert pairs["A", "C"] == (pytest.approx(1), 12)
    assert len(pairs) == 9


def test_what_is_chance_or_does_not_deviate_has_none() -> None:
    pairs = found(weeks(A=[1.0, -2.0] * 10, B=[1.0, -2.0, 3.0], C=[0.0] * 20))

    assert list(pairs) == [("A", "A")]


@examples(60)
@given(st.lists(st.tuples(*[st.integers(-3000, 3000)] * 2), min_size=WEEKS, max_size=60))
def test_a_correlation_is_that_of_numpy(pairs: list[tuple[int, int]]) -> None:
    one, other = ([value / 100 for value in side] for side in zip(*pairs, strict=True))
    if len(set(one)) == 1 or len(set(other)) == 1:
        return

    (value, common) = found(weeks(A=one, B=other))["A", "B"]

    assert common == len(pairs)
    logs = np.log1p(np.array([one, other]) / 100)
    assert value == pytest.approx(np.corrcoef(logs)[0, 1], rel=1e-9, abs=1e-9)
