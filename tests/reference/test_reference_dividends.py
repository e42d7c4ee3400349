"""Dividends: special or regular, the trailing yield, frequency, years without a cut."""

from datetime import date, timedelta

import pytest

from tests.captures.folders import needs_real_captures
from tests.reference.captured import captured_stock, invented, invented_stock
from tests.reference.records import Payload
from tests.reference.rhythm import frequency
from tests.reference.stock import Stock


def payer(dividends: dict[int, float | str], weeks: int = 400, price: float = 100) -> Payload:
    """A price that never moves, dividends that the source has adjusted for."""
    adjusted = [price] * weeks
    for place in sorted(dividends):
        part = 1 + float(dividends[place]) / price
        adjusted[:place] = [value / part for value in adjusted[:place]]
    return invented([price] * weeks, [f"{value:.10f}" for value in adjusted], dividends)


def specials(stock: Stock) -> dict[int, tuple[float, float]]:
    """Regular and special part of each payment with a special part, by place."""
    return {
        place: (float(each.regular_per_share), float(each.special_per_share))
        for place, each in enumerate(stock.weeks)
        if each.special_per_share
    }


def plain_yield(stock: Stock, friday: str) -> float:
    """What the dividends of 364 days make as they were paid, in the shares of their weeks."""
    week = stock.week(friday)
    paid = [each.dividend_per_share for each in stock.weeks if 0 <= (week.week_ending - each.week_ending).days < 364]
    return 100 * float(sum(paid) / week.close)


@needs_real_captures
@pytest.mark.parametrize("name", ["IBM_20251107.csv", "IBM_20260515.csv"])
def test_the_yield_of_ibm_does_not_lose_a_payment_whose_day_moves(name: str) -> None:
    stock = captured_stock(name)

    assert stock.week("2024-11-01").dividend_yield_pct == pytest.approx(3.20, abs=0.005)
    assert stock.week("2024-11-08").dividend_yield_pct == pytest.approx(3.12, abs=0.005)
    assert stock.week("2024-11-15").dividend_yield_pct == pytest.approx(3.25, abs=0.005)
    assert stock.week("2024-11-08").dividend_count_12m == 4
    assert plain_yield(stock, "2024-11-08") == pytest.approx(2.34, abs=0.005)  # three payments in 364 days


@needs_real_captures
def test_the_yield_counts_in_the_shares_of_its_week() -> None:
    apple, hewlett = captured_stock("AAPL_20240415.json"), captured_stock("HPQ_20240415.json")

    assert apple.week("2014-06-20").dividend_yield_pct == pytest.approx(1.95, abs=0.005)
    assert plain_yield(apple, "2014-06-20") == pytest.approx(13.68, abs=0.005)  # before the 7:1 split and after
    # 0.672 over the 2.0644 that makes the price return of 2015-11-06 +7.28 %, over 13.11. The definitions say 2.50,
    # which is 0.672 over 1 + 14.72 / 14.01 = 2.0507: another factor than that of the return.
    assert hewlett.week("2015-11-13").dividend_yield_pct == pytest.approx(2.48, abs=0.005)
    assert plain_yield(hewlett, "2015-11-13") == pytest.approx(5.13, abs=0.005)


@needs_real_captures
@pytest.mark.parametrize("name", ["MSFT_20180816.json", "MSFT_20191129.json", "MSFT_20240415.json"])
def test_the_special_dividend_of_microsoft_has_a_regular_part(name: str) -> None:
    found = captured_stock(name).week("2004-11-19")

    assert (float(found.dividend_per_share), float(found.regular_per_share), float(found.special_per_share)) == (
        pytest.approx(3.08),
        pytest.approx(0.08),
        pytest.approx(3.00),
    )


def test_a_payer_of_uneven_years_pays_regularly() -> None:
    yearly = {52 * place + 10: amount for place, amount in enumerate((2.5, 1.9, 5.8, 8.5, 6.0))}
    halves = {26 * place + 10: amount for place, amount in enumerate((1, 5) * 5)}
    resumed = {13 * place + 5: 1 for place in range(12)} | {300: 1, 313: 1}

    for dividends in (yearly, halves, resumed):
        assert not specials(invented_stock(payer(dividends)))


def test_a_container_line_pays_35_and_63_regularly() -> None:
    shipping = {20: 3.5, 72: 35, 124: 63}
    found = invented_stock(payer(shipping, weeks=150, price=360))

    assert not specials(found)
    assert [float(each.dividend_per_share) for each in found.weeks if each.dividend_amount] == [3.5, 35, 63]


def test_a_quarterly_payer_of_one_percent_pays_five_percent_specially() -> None:
    quarterly: dict[int, float | str] = {13 * place + 5: 1 for place in range(20)}
    between = invented_stock(payer(quarterly | {200: 5}))
    together = invented_stock(payer(quarterly | {200: 5} | {13 * 15 + 5: 6}))

    assert specials(between) == {200: (0, 5)} or specials(between) == {200: (1, 4)}
    assert specials(together) == {200: (1, 5)}


@pytest.mark.parametrize(
    ("gap_in_days", "payments", "expected"),
    [(364, 3, 1), (182, 6, 2), (121, 9, 3), (91, 12, 4), (30, 30, 12), (91, 3, "unknown"), (210, 30, "irregular")],
)
def test_the_frequency_is_that_of_payments_a_year_apart(gap_in_days: int, payments: int, expected: int | str) -> None:
    days = [date(2010, 1, 1) + timedelta(days=gap_in_days * place) for place in range(payments)]

    assert frequency(days) == expected


@needs_real_captures
@pytest.mark.parametrize(
    "name", ["AAPL_20220211.json", "AAPL_20240415.json", "IBM_20240415.json", "MSFT_20240415.json"]
)
def test_large_payers_pay_four_times_a_year(name: str) -> None:
    assert captured_stock(name).frequency == 4


@needs_real_captures
def test_years_without_a_cut_are_those_of_payers() -> None:
    years = {each.year: each for each in captured_stock("GOOGL_20240415.json").dividend_years}

    assert years[2023].years_without_cut == 0
    assert sum(each.count for each in years.values()) == 0


@needs_real_captures
def test_a_split_is_no_cut() -> None:
    years = {each.year: each.years_without_cut for each in captured_stock("AAPL_20240415.json").dividend_years}

    assert [years[year] for year in (2012, 2013, 2014, 2020, 2023)] == [0, 1, 2, 8, 11]


def test_ex_dates_that_wander_over_new_year_are_no_cut() -> None:
    quarters = [1, 14, 27, 40, 53, 66, 79, 92, 104, 117, 130, 143, 157, 170, 183, 196]
    years = invented_stock(payer(dict.fromkeys(quarters, 1), weeks=209)).dividend_years

    assert [each.count for each in years] == [4, 5, 3, 4]
    assert [float(each.trailing or 0) for each in years] == [0, 4, 4, 4]
    assert [each.years_without_cut for each in years] == [0, 0, 1, 2]


def test_a_year_without_a_payment_ends_the_count() -> None:
    dividends = {13 * place + 5: 1 for place in range(30) if not 12 <= place < 17}
    years = invented_stock(payer(dividends)).dividend_years

    assert [each.years_without_cut for each in years][:3] == [0, 0, 1]
    assert 0 in [each.years_without_cut for each in years][3:]
