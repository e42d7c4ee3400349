"""Figures of a period: each by hand, what is not known, and the same as empyrical's."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.serving.period_figures import FIGURES, compute_period_figures
from tests.period_oracle import EMPYRICAL
from tests.properties import examples

FRIDAY = date(2010, 1, 1)


def weeks(*returns: float, symbol: str = "IBM", spanned: dict[int, int] | None = None) -> pl.DataFrame:
    """A base week, and weeks of these returns in percent; `spanned` says which covers how many."""
    growth = np.cumprod([1.0, *(1 + value / 100 for value in returns)])
    steps = [(spanned or {}).get(place, 1) for place in range(len(growth))]
    days = [FRIDAY + timedelta(weeks=int(number)) for number in np.cumsum(steps) - 1]
    return pl.DataFrame(
        {
            "symbol": symbol,
            "price_date": days,
            "total_return_index": growth,
            "weekly_return_pct": [7.0, *returns],  # that of the first week is before the period
            "weeks_spanned": steps,
        },
        schema_overrides={"weekly_return_pct": pl.Float64},
    )


def figures(frame: pl.DataFrame, **options: float) -> dict[str, object]:
    return compute_period_figures(frame, **options).row(0, named=True)


def test_a_period_by_hand() -> None:
    found = figures(weeks(10, -20, 5, 25, 0))

    assert (found["first_day"], found["last_day"], found["weeks"]) == (FRIDAY, FRIDAY + timedelta(weeks=5), 5)
    assert found["total_return_pct"] == pytest.approx(100 * (1.1 * 0.8 * 1.05 * 1.25 - 1))
    assert found["max_drawdown_pct"] == pytest.approx(-20)
    days = [found[name] for name in ("peak_day", "trough_day", "recovery_day")]
    assert days == [FRIDAY + timedelta(weeks=number) for number in (1, 2, 4)]
    assert (found["best_week_pct"], found["worst_week_pct"]) == (25, -20)
    assert found["positive_weeks_pct"] == 60
    assert found["expected_shortfall_pct"] == -20
    assert found["value_at_risk_pct"] == pytest.approx(-16)  # a fifth of the way from the worst to the next
    assert found["cagr_pct"] is None


def test_growth_a_year_is_of_more_than_a_year() -> None:
    assert figures(weeks(*[0.0] * 52))["cagr_pct"] is None  # 364 days
    found = figures(weeks(*[0.0] * 103, 21))
    assert found["cagr_pct"] == pytest.approx(100 * (1.21 ** (365.25 / 728) - 1))


def test_a_fall_that_lasts_has_no_recovery_and_none_has_no_days() -> None:
    assert figures(weeks(10, -20, 5))["recovery_day"] is None
    rising = figures(weeks(1, 2, 3))
    assert [rising[name] for name in ("max_drawdown_pct", "peak_day", "trough_day")] == [0, None, None]


def test_the_risk_free_rate_is_taken_from_each_week() -> None:
    plain, less = figures(weeks(1, -1, 2, 0)), figures(weeks(1, -1, 2, 0), risk_free_pct=26)

    assert less["sharpe"] == pytest.approx(0)  # half a percent a week, as much as the mean
    assert less["sortino"] == pytest.approx(0)
    assert less["volatility_pct"] == plain["volatility_pct"]


def test_a_return_over_several_weeks_enters_no_statistic() -> None:
    found = figures(weeks(1, 50, -1, spanned={2: 3}))

    assert found["weeks"] == 2
    assert found["best_week_pct"] == 1
    assert found["total_return_pct"] == pytest.approx(100 * (1.01 * 1.5 * 0.99 - 1))


@pytest.mark.parametrize("returns", [(), (3.0,), (0.0, 0.0, 0.0)])
def test_what_cannot_be_known_is_null(returns: tuple[float, ...]) -> None:
    found = figures(weeks(*returns))

    assert found["sharpe"] is None
    assert found["sortino"] is None
    assert (found["volatility_pct"] is None) == (len(returns) < 2)


def test_stocks_are_by_themselves_and_in_their_order() -> None:
    both = pl.concat([weeks(1, 2, symbol="MSFT"), weeks(-5, 5, -5, symbol="AAPL")])

    found = compute_period_figures(both)

    assert found["symbol"].to_list() == ["MSFT", "AAPL"]
    assert found.row(1, named=True) == compute_period_figures(weeks(-5, 5, -5, symbol="AAPL")).row(0, named=True)
    assert compute_period_figures(both.clear()).columns == ["symbol", *FIGURES]


@examples(60)
@given(st.lists(st.integers(-3000, 3000).map(lambda number: number / 100), min_size=2, max_size=200))
def test_figures_are_those_of_empyrical(returns: list[float]) -> None:
    found, simple = figures(weeks(*returns)), np.array(returns) / 100

    for name, compute in EMPYRICAL.items():
        if (name == "sharpe" and len(set(returns)) == 1) or (name == "sortino" and min(returns) >= 0):
            assert found[name] is None  # empyrical says infinite, or what rounding makes of a zero
        else:
            assert found[name] == pytest.approx(compute(simple), rel=1e-9, abs=1e-9), name
