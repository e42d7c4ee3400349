"""Figures across stocks."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.captures.folders import needs_real_captures
from tests.reference.captured import captured_stock, invented, invented_stock
from tests.reference.dates import WeekName, name_week
from tests.reference.drawdown import MaxDrawdown, max_drawdown, momentum_12_1_pct
from tests.reference.rankings import volatility_ranks
from tests.reference.stock import Stock, compute_stocks
from tests.reference.universe import (
    correlations,
    is_active,
    latest_week,
    sector_weeks,
    sensitivity,
    stale_stocks,
)

NINE = [f"{symbol}_20240415.json" for symbol in ["AAPL", "GOOGL", "HPQ", "IBM", "META", "MSFT", "NVDA", "PYPL", "TSLA"]]
FIRST = date(2020, 1, 3)


def alternating(symbol: str, up: float, down: float, weeks: int = 110, first: date = FIRST) -> Stock:
    """A stock that rises and falls in turn."""
    closes = [100.0]
    for place in range(weeks - 1):
        closes.append(closes[-1] * (1 + (up if place % 2 else down)))
    return invented_stock(invented([f"{close:.10f}" for close in closes], symbol=symbol, first=first))


def test_a_stock_that_is_ahead_of_the_others_does_not_move_the_latest_week() -> None:
    stocks = [invented_stock(invented([10] * 10, symbol=symbol)) for symbol in "ABC"]
    ahead = invented_stock(invented([10] * 16, symbol="AHEAD"))
    behind = invented_stock(invented([10] * 9, symbol="BEHIND"))

    assert latest_week([*stocks, ahead, behind]) == stocks[0].weeks[-1].week_ending
    assert all(map(is_active, [*stocks, ahead, behind]))
    assert stale_stocks([*stocks, ahead, behind]) == {"BEHIND": behind.weeks[-1].week_ending}


def test_a_stock_whose_prices_end_before_its_last_look_is_not_active() -> None:
    ended = invented([10] * 10)
    looked_again = type(ended)(ended.symbol, ended.fetched_at + timedelta(weeks=4), ended.body)

    assert not is_active(invented_stock(ended, looked_again))


def test_a_sector_is_the_equal_weight_mean_and_compounds_it() -> None:
    stocks = [alternating("A", 0.02, 0.02), alternating("B", 0.04, 0.04), alternating("C", -0.03, -0.03)]
    found = sector_weeks(stocks, {"A": "Technology", "B": "Technology", "C": None})
    technology = [each for each in found if each.sector == "Technology"]

    assert {each.sector for each in found} == {"Technology", "Unknown"}
    assert technology[-1].mean_return_pct == pytest.approx(3)
    assert (technology[-1].stocks, technology[-1].advancing, technology[-1].declining) == (2, 2, 0)
    assert technology[-1].return_4w_pct == pytest.approx(100 * (1.03**4 - 1))
    assert technology[2].return_4w_pct is None


def test_correlation_needs_forty_common_weeks() -> None:
    one, other = alternating("A", 0.02, -0.01), alternating("B", -0.02, 0.01)
    short = alternating("C", 0.02, -0.01, weeks=40, first=FIRST + timedelta(weeks=70))
    found = {(each.symbol, each.other_symbol): each for each in correlations([one, other, short])}

    assert found["A", "B"].value == pytest.approx(-1)
    assert found["A", "B"].common_weeks == 52
    assert (found["A", "C"].common_weeks, found["A", "C"].value) == (39, None)


def test_beta_is_against_the_others() -> None:
    others = [alternating(symbol, 0.02, -0.01) for symbol in "ABCDE"]
    own = alternating("X", 0.04, -0.02)
    found = sensitivity(own, [*others, own])

    assert found.common_weeks == 104
    assert found.beta == pytest.approx(2)
    assert found.adjusted_beta == pytest.approx(1.67)
    assert found.r_squared == pytest.approx(1)
    assert (found.up_capture_pct, found.down_capture_pct) == (pytest.approx(200), pytest.approx(200))
    assert sensitivity(own, [*others[:4], own]).beta is None


@needs_real_captures
def test_beta_of_tesla_is_against_the_others() -> None:
    stocks = [captured_stock(name) for name in NINE]
    tesla = stocks[-1]
    twin = replace(tesla, history=replace(tesla.history, symbol="itself"))

    assert sensitivity(tesla, stocks).beta == pytest.approx(1.132, abs=0.0005)
    assert sensitivity(tesla, [*stocks[:-1], twin]).beta == pytest.approx(1.507, abs=0.0005)


@needs_real_captures
def test_correlations_of_captured_stocks_are_of_52_weeks() -> None:
    found = correlations([captured_stock(name) for name in NINE])

    assert len(found) == 36
    assert {each.common_weeks for each in found} == {52}


def test_the_deepest_drawdown_has_a_peak_a_trough_and_a_recovery() -> None:
    stock = invented_stock(invented([100, 120, 119, 90, 100, 121, 110]))
    days = [week.week_ending for week in stock.weeks]

    assert max_drawdown(stock) == MaxDrawdown(pytest.approx(-25), days[1], days[3], days[5])
    assert max_drawdown(invented_stock(invented([100, 100, 101]))) == MaxDrawdown(0, None, None, None)
    assert max_drawdown(invented_stock(invented([100, 90]))).recovered_week is None


def test_momentum_leaves_out_the_newest_four_weeks() -> None:
    closes = [100.0] * 10 + [110.0] * 42 + [50.0] * 4

    assert momentum_12_1_pct(invented_stock(invented(closes))) == pytest.approx(10)
    assert momentum_12_1_pct(invented_stock(invented(closes[-52:]))) is None


def test_volatility_is_ranked_among_active_stocks_without_prices_of_few_ticks() -> None:
    stocks = [alternating(symbol, size, -size) for symbol, size in (("A", 0.01), ("B", 0.02), ("C", 0.03))]
    bound = invented_stock(invented([0.009, 0.008] * 55, symbol="BOUND", first=FIRST))
    found = {each.symbol: each for each in volatility_ranks([*stocks, bound], {"A": "Energy", "B": "Energy"})}

    assert {symbol: (each.rank, each.rank_in_sector, each.stocks) for symbol, each in found.items()} == {
        "A": (3, 2, 3),
        "B": (2, 1, 3),
        "C": (1, 1, 3),
    }
    assert found["A"].universe_quartiles_pct[1] == found["B"].volatility_pct
    assert found["A"].percentile == pytest.approx(100 / 3)


def test_the_year_of_a_week_is_that_of_its_thursday() -> None:
    assert name_week(date(2021, 1, 1)) == WeekName(2020, 4, 12, 53, is_quarter_end=True, is_year_end=True)
    assert name_week(date(2015, 1, 2)) == WeekName(2015, 1, 1, 1, is_quarter_end=False, is_year_end=False)
    assert name_week(date(2024, 3, 29)) == WeekName(2024, 1, 3, 13, is_quarter_end=True, is_year_end=False)


def test_payloads_of_several_symbols_are_told_apart() -> None:
    payloads = [invented([10, 11], symbol="B"), invented([20, 21], symbol="A"), invented([10, 11, 12], symbol="B")]

    assert [(stock.symbol, len(stock.weeks)) for stock in compute_stocks(payloads)] == [("A", 2), ("B", 3)]


def test_a_symbol_whose_payloads_all_fail_has_no_week() -> None:
    stock = invented_stock(invented([10, 0]))

    assert stock.weeks == ()
    assert len(stock.history.not_taken) == 1
    assert not is_active(stock)
