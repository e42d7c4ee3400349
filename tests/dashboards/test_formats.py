"""Numbers and dates as people read them."""

from datetime import UTC, date, datetime

import pytest

from dashboards.components import formats


@pytest.mark.parametrize(
    ("value", "words"),
    [(12.345, "+12.3 %"), (-3.79, "\N{MINUS SIGN}3.8 %"), (0.0, "+0.0 %"), (-0.04, "+0.0 %"), (None, "\N{EN DASH}")],
)
def test_a_percentage_has_one_decimal_and_a_real_minus(value: float | None, words: str) -> None:
    assert formats.percent(value) == words


def test_a_percentage_that_is_no_change_has_no_plus() -> None:
    assert formats.percent(30.77, is_signed=False) == "30.8 %"


def test_a_day_is_written_out() -> None:
    assert formats.day(date(2013, 3, 1)) == "1 March 2013"


def test_a_moment_names_its_zone() -> None:
    assert formats.moment(datetime(2026, 11, 20, 10, 1, tzinfo=UTC)) == "20 November 2026, 10:01 UTC"


@pytest.mark.parametrize(("words", "text"), [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")])
def test_a_list_ends_in_and(words: list[str], text: str) -> None:
    assert formats.listed(words) == text


@pytest.mark.parametrize(
    ("shown", "words"),
    [(1, "1 stock, fastest first"), (19, "19 stocks, fastest first"), (20, "the 20 fastest stocks")],
)
def test_a_ranking_says_how_many_stocks_it_holds(shown: int, words: str) -> None:
    assert formats.leading(shown, 20, "fastest") == words
