"""Stocks beside a benchmark: by hand, the others' mean without the stock itself, and the same as empyrical's."""

from datetime import date, timedelta

import empyrical
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.serving.benchmark import (
    FIGURES,
    compute_benchmark_figures,
    compute_rolling_figures,
    market_without,
    mean_of,
    mean_of_the_others,
    returns_of,
    returns_of_one_week,
    series_of,
)
from tests.properties import examples

FRIDAY = date(2010, 1, 1)


def returns(*pairs: tuple[float, float], symbol: str = "IBM") -> pl.DataFrame:
    """Weeks with a return of the stock and of the benchmark, in percent."""
    weeks = [(symbol, FRIDAY + timedelta(weeks=place), *map(float, pair)) for place, pair in enumerate(pairs, 1)]
    names = ["symbol", "week_ending", "weekly_return_pct", "benchmark_return_pct"]
    types = [pl.String, pl.Date, pl.Float64, pl.Float64]
    return pl.DataFrame(weeks, schema=dict(zip(names, types, strict=True)), orient="row")


def figures(frame: pl.DataFrame, **options: float) -> dict[str, object]:
    return compute_benchmark_figures(frame, **options).row(0, named=True)


def test_figures_by_hand() -> None:
    found = figures(returns((20, 10), (-20, -10), (20, 10), (-20, -10)))

    assert found["common_weeks"] == 4
    assert found["beta"] == pytest.approx(2)
    assert found["alpha_pct"] == pytest.approx(0, abs=1e-9)
    assert found["correlation"] == pytest.approx(1)
    assert found["benchmark_return_pct"] == pytest.approx(100 * (1.1 * 0.9) ** 2 - 100)
    assert found["excess_return_pct"] == pytest.approx(100 * ((1.2 * 0.8) ** 2 - (1.1 * 0.9) ** 2))
    assert (found["up_capture_pct"], found["down_capture_pct"]) == (pytest.approx(200), pytest.approx(200))
    assert found["information_ratio"] == pytest.approx(0, abs=1e-9)
    assert found["tracking_error_pct"] == pytest.approx(100 * np.sqrt(52) * np.std([0.1, -0.1, 0.1, -0.1], ddof=1))


def test_a_benchmark_beside_itself() -> None:
    found = figures(returns((1, 1), (-2, -2), (3, 3)))

    assert (found["beta"], found["correlation"]) == (pytest.approx(1), pytest.approx(1))
    assert (found["excess_return_pct"], found["alpha_pct"]) == (0, pytest.approx(0, abs=1e-9))
    assert (found["tracking_error_pct"], found["information_ratio"]) == (0, None)


@pytest.mark.parametrize("pairs", [[(1, 2)], [(1, 2), (3, 2)]])
def test_what_cannot_be_known_is_null(pairs: list[tuple[float, float]]) -> None:
    found = figures(returns(*pairs))

    assert (found["beta"], found["alpha_pct"], found["correlation"]) == (None, None, None)
    assert found["up_capture_pct"] is not None
    assert found["down_capture_pct"] is None  # it never fell


def test_the_mean_of_the_others_leaves_the_stock_out() -> None:
    stocks = pl.DataFrame(
        {
            "symbol": ["A", "B", "A"],
            "week_ending": [FRIDAY, FRIDAY, FRIDAY + timedelta(weeks=1)],
            "weekly_return_pct": [6.0, 5.0, 1.0],
            "is_member": [True, False, True],
        }
    )
    market = pl.DataFrame(
        {"week_ending": [FRIDAY, FRIDAY + timedelta(weeks=1)], "members": [6, 5], "sum_pct": [16.0, 9.0]}
    )

    found = mean_of_the_others(stocks, market)

    assert found["symbol"].to_list() == ["A", "B"]  # in the second week A has but four others
    assert found["benchmark_return_pct"].to_list() == pytest.approx([2, 16 / 6])


def test_the_market_without_some_stocks() -> None:
    second = FRIDAY + timedelta(weeks=1)
    market = pl.DataFrame({"week_ending": [FRIDAY, second], "members": [7, 5], "sum_pct": [14.0, 10.0]})
    held = pl.DataFrame({"symbol": ["A", "B", "C"], "week_ending": [FRIDAY] * 3, "weekly_return_pct": [1.0, 3.0, 50.0]})

    left = market_without(market, held.with_columns(is_member=pl.Series([True, True, False])))

    assert left.rows() == [(FRIDAY, 5, 10.0), (second, 5, 10.0)]
    assert mean_of(left)["weekly_return_pct"].to_list() == [2, 2]
    assert mean_of(market.with_columns(members=4)).is_empty()


def test_a_week_that_the_benchmark_lacks_compares_nothing() -> None:
    stocks = returns((1, 0), (2, 0)).drop("benchmark_return_pct")

    found = returns_of(stocks, stocks.tail(1).with_columns(weekly_return_pct=9.0))

    assert found.select("weekly_return_pct", "benchmark_return_pct").rows() == [(2.0, 9.0)]


def test_the_first_week_and_returns_over_several_weeks_are_no_returns_of_the_period() -> None:
    weeks = pl.concat([returns((1, 0), (2, 0), (3, 0)), returns((4, 0), (5, 0), symbol="MSFT")])
    weeks = weeks.with_columns(weeks_spanned=pl.Series([1, 1, 2, 1, 1]))

    assert returns_of_one_week(weeks)["weekly_return_pct"].to_list() == [2, 5]


def test_returns_are_chained_from_the_week_before_them() -> None:
    second, third = (FRIDAY + timedelta(weeks=week) for week in (1, 2))
    known = returns((10, 0), (-10, 0))

    whole, later = series_of(known, base_week=FRIDAY), series_of(known, base_week=second)

    assert whole["week_ending"].to_list() == [FRIDAY, second, third]
    assert whole["total_return_index"].to_list() == pytest.approx([100, 110, 99])
    assert whole["weekly_return_pct"].to_list() == [None, 10, -10]
    assert later["total_return_index"].to_list() == pytest.approx([100, 90])
    assert series_of(known, base_week=FRIDAY - timedelta(weeks=9)).equals(whole)
    assert series_of(known, base_week=third).is_empty()


def test_stocks_are_by_themselves_and_in_their_order() -> None:
    both = pl.concat([returns((1, 2), (3, -1), symbol="MSFT"), returns((5, 1), (0, 1), (2, 3), symbol="AAPL")])

    found = compute_benchmark_figures(both)

    assert found["symbol"].to_list() == ["MSFT", "AAPL"]
    assert found.row(0, named=True) == figures(both.head(2))
    assert compute_benchmark_figures(both.clear()).columns == ["symbol", *FIGURES]


percents = st.integers(-3000, 3000).map(lambda number: number / 100)


@examples(60)
@given(st.lists(st.tuples(percents, percents), min_size=3, max_size=150), st.sampled_from([0.0, 2.6]))
def test_figures_are_those_of_empyrical_and_numpy(pairs: list[tuple[float, float]], risk_free_pct: float) -> None:
    found = figures(returns(*pairs), risk_free_pct=risk_free_pct)
    stock, market = (np.array(side) / 100 for side in zip(*pairs, strict=True))
    active = stock - market

    if market.std() > 0:
        rate = risk_free_pct / 100 / 52
        assert found["beta"] == pytest.approx(empyrical.beta(stock, market), rel=1e-9, abs=1e-9)
        alpha = 100 * empyrical.alpha(stock, market, risk_free=rate, period="weekly")
        assert found["alpha_pct"] == pytest.approx(alpha, rel=1e-9, abs=1e-9)
    if market.std() > 0 and stock.std() > 0:
        assert found["correlation"] == pytest.approx(np.corrcoef(stock, market)[0, 1], rel=1e-9, abs=1e-9)
    deviation = active.std(ddof=1)
    assert found["tracking_error_pct"] == pytest.approx(100 * np.sqrt(52) * deviation, rel=1e-9, abs=1e-9)
    if len(set(active.round(12))) > 1:
        assert found["information_ratio"] == pytest.approx(np.sqrt(52) * active.mean() / deviation, rel=1e-9, abs=1e-9)
    growths = [np.prod(1 + simple) for simple in (stock, market)]
    assert found["excess_return_pct"] == pytest.approx(100 * (growths[0] - growths[1]), rel=1e-9, abs=1e-9)
    for name, chosen in (("up_capture_pct", market > 0), ("down_capture_pct", market < 0)):
        if chosen.any():
            means = [np.exp(np.log1p(simple[chosen]).mean()) - 1 for simple in (stock, market)]
            assert found[name] == pytest.approx(100 * means[0] / means[1], rel=1e-9, abs=1e-9)


def test_rolling_figures_begin_with_the_52nd_week_of_each_stock() -> None:
    year = [(2.0, 1.0), (-2.0, -1.0)] * 26
    both = pl.concat([returns(*year, (0, 1), symbol="A"), returns(*year[:51], symbol="B"), returns(*[(1, 1)] * 52)])

    rolled = compute_rolling_figures(both)

    assert rolled["symbol"].to_list() == ["A", "A", "IBM"]
    assert rolled["beta"][0] == pytest.approx(2)
    assert rolled["correlation"][0] == pytest.approx(1)
    assert rolled["beta"][1] < 2
    assert rolled.row(2)[2:] == (None, None)  # neither deviates


@examples(60)
@given(st.lists(st.tuples(percents, percents), min_size=52, max_size=80))
def test_the_last_rolling_figure_is_that_of_the_newest_year(pairs: list[tuple[float, float]]) -> None:
    rolled = compute_rolling_figures(returns(*pairs)).row(-1, named=True)
    stock, market = (np.array(side) for side in zip(*pairs[-52:], strict=True))

    if stock.std() > 0.01 and market.std() > 0.01:
        covariance = np.cov(stock, market)
        assert rolled["beta"] == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=1e-6, abs=1e-6)
        assert rolled["correlation"] == pytest.approx(np.corrcoef(stock, market)[0, 1], rel=1e-6, abs=1e-6)
