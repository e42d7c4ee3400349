"""Returns and what is computed from them."""

import itertools
from math import log, sqrt
from statistics import stdev

import pytest

from tests.captures.folders import needs_real_captures
from tests.reference.captured import captured_stock, invented, invented_stock, real_captures
from tests.reference.stock import Stock


@needs_real_captures
@pytest.mark.parametrize("name", ["AAPL_20220211.json", "AAPL_20240415.json"])
def test_returns_of_apple_in_the_weeks_of_its_splits(name: str) -> None:
    stock = captured_stock(name)

    assert stock.week("2000-06-23").weekly_return_pct == pytest.approx(13.37, abs=0.005)
    assert stock.week("2005-03-04").weekly_return_pct == pytest.approx(-3.79, abs=0.005)


def test_returns_of_a_coarse_adjusted_close_come_from_the_raw_one() -> None:
    found = invented_stock(invented([15.20, 15.00, 15.60], [0.0008, 0.0007, 0.0008])).weeks

    assert [round(each.weekly_return_pct, 2) for each in found[1:]] == [-1.32, 4.00]
    assert not [each for each in found if each.is_action_unsure or each.adj_close is None]
    assert [each.is_factor_coarse for each in found] == [False, True, True]


@needs_real_captures
def test_returns_stay_when_the_source_restates_the_history() -> None:
    old, new = captured_stock("AAPL_20220211.json"), captured_stock("AAPL_20240415.json")
    again = captured_stock("AAPL_20220211.json", "AAPL_20240415.json")
    days = [each.week_ending for each in old.weeks[1:]]

    def plain(stock: Stock) -> list[float]:
        adjusted = [float(each.received_adjusted_close or 0) for each in stock.weeks]
        return [later / earlier for earlier, later in itertools.pairwise(adjusted)]

    assert len(days) == 1_161
    assert sum(one != other for one, other in zip(plain(old), plain(new), strict=False)) == 1_160
    assert [old.by_week[day].weekly_return_pct for day in days] == [
        again.by_week[day].weekly_return_pct for day in days
    ]


@needs_real_captures
def test_returns_agree_with_adjusted_over_adjusted_everywhere() -> None:
    checked = 0
    for name in real_captures():
        for held in captured_stock(name).held[1:]:
            assert held.action is not None
            checked += 1
            assert held.action.growth.holds(held.action.h / held.action.unit), (name, held.week.week_ending)
    assert checked == 23_348


@needs_real_captures
def test_an_extraordinary_distribution_is_a_price_factor() -> None:
    hewlett = captured_stock("HPQ_20240415.json").week("2015-11-06")
    google = captured_stock("GOOGL_20240415.json").week("2014-04-04")

    assert hewlett.price_return_pct == pytest.approx(7.28, abs=0.005)
    assert google.price_return_pct == pytest.approx(-2.95, abs=0.005)
    assert float(hewlett.distribution_per_share) == 14.72
    assert float(google.distribution_per_share) == pytest.approx(567.97, abs=0.005)
    assert (hewlett.dividend_per_share, google.dividend_per_share) == (0, 0)
    assert hewlett.is_action_unsure
    assert google.is_action_unsure
    as_dividend = 100 * float(hewlett.close / captured_stock("HPQ_20240415.json").week("2015-10-30").close - 1)
    assert as_dividend == pytest.approx(-48.03, abs=0.005)


def test_the_index_is_chained_and_longer_returns_are_read_from_it_by_date() -> None:
    found = invented_stock(invented([100, 110, 99, 99, 108.9, 108.9])).weeks

    assert [round(each.total_return_index, 6) for each in found] == [100, 110, 99, 99, 108.9, 108.9]
    assert found[4].return_4w_pct == pytest.approx(8.9)
    assert found[5].return_4w_pct == pytest.approx(-1)
    assert found[3].return_4w_pct is None
    assert [round(each.drawdown_pct or 0, 6) for each in found] == [0, 0, -10, -10, -1, -1]


def test_volatility_and_z_score_take_52_returns() -> None:
    closes = [100.0]
    for place in range(54):
        closes.append(round(closes[-1] * (1.02 if place % 2 else 0.99), 4))
    found = invented_stock(invented(closes)).weeks
    returns = [log(later / earlier) for earlier, later in itertools.pairwise(closes)]

    assert [each.week_ending for each in found if each.volatility_pct is None] == [
        each.week_ending for each in found[:52]
    ]
    assert found[54].volatility_pct == pytest.approx(100 * sqrt(52) * stdev(returns[2:54]))
    before = returns[1:53]
    expected = (returns[53] - sum(before) / 52) / stdev(before)
    assert found[54].return_z_score == pytest.approx(expected)
    assert found[52].return_z_score is None


def test_a_price_that_never_moves_has_no_z_score() -> None:
    found = invented_stock(invented([10] * 60)).weeks[-1]

    assert found.return_z_score is None
    assert found.volatility_pct == 0


def test_a_yearly_range_is_in_the_shares_of_its_week() -> None:
    closes = [200.0] + [100.0] * 50 + [50.0] * 2
    adjusted = [100.0] + [50.0] * 52
    found = invented_stock(invented(closes, adjusted)).weeks

    assert [each.high_52w is None for each in found] == [True] * 51 + [False] * 2
    assert found[51].high_52w == pytest.approx(101)  # 202 in half-sized shares
    assert found[52].high_52w == pytest.approx(50.5)


@needs_real_captures
def test_an_open_week_has_a_return_and_no_statistic() -> None:
    found = captured_stock("AAPL_20240415.json").weeks[-1]

    assert found.weekly_return_pct is not None
    assert (found.volatility_pct, found.return_z_score, found.range_pct, found.drawdown_pct) == (None,) * 4
