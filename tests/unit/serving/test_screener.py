"""Screening: bounds, unknown figures, the order; and the same as plain Python on invented stocks."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.serving.screener import (
    Between,
    Filter,
    OneOf,
    count_excluded,
    keep_fitting,
    read_range,
    sort_stocks,
    write_range,
)
from tests.properties import examples

NAN = float("nan")
FIGURES = ("return_52w_pct", "dividend_yield_pct")
SECTORS = ("Energy", "Technology", "Unknown")
Stock = dict[str, object]


def stocks(rows: list[Stock]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"symbol": pl.String, "sector": pl.String, **dict.fromkeys(FIGURES, pl.Float64)})


def yielding(*yields: float | None) -> pl.DataFrame:
    """Stocks A, B, … of these yields."""
    return stocks([{"symbol": chr(65 + place), "dividend_yield_pct": value} for place, value in enumerate(yields)])


def kept(frame: pl.DataFrame, *filters: Filter) -> list[str]:
    return keep_fitting(frame, filters)["symbol"].to_list()


def test_both_bounds_belong_to_the_range() -> None:
    frame = yielding(0.9, 1, 2, 3, 3.1)

    assert kept(frame, Between("dividend_yield_pct", 1, 3)) == ["B", "C", "D"]
    assert kept(frame, Between("dividend_yield_pct", low=3)) == ["D", "E"]
    assert kept(frame, Between("dividend_yield_pct", high=1)) == ["A", "B"]


@pytest.mark.parametrize("unknown", [None, NAN])
def test_an_unknown_figure_fits_no_range_and_is_not_zero(unknown: float | None) -> None:
    frame, around_zero = yielding(0, unknown), Between("dividend_yield_pct", -1, 1)

    assert kept(frame, around_zero) == ["A"]
    assert kept(frame, Between("dividend_yield_pct", low=-1)) == ["A"], "NaN is above every number for Polars"
    assert count_excluded(frame, [around_zero]).rows() == [("dividend_yield_pct", 1, 1)]


def test_no_filter_keeps_every_stock() -> None:
    assert kept(yielding(1, None)) == ["A", "B"]
    assert count_excluded(yielding(1, None), []).is_empty()


def test_each_filter_counts_of_all_stocks_what_it_excludes_by_itself() -> None:
    frame = yielding(1, 2, 3, None).with_columns(sector=pl.Series(["Energy", "Energy", "Technology", None]))
    filters = [Between("dividend_yield_pct", low=2.5), OneOf("sector", ("Energy",))]

    assert kept(frame, *filters) == []
    assert count_excluded(frame, filters).rows() == [("dividend_yield_pct", 3, 1), ("sector", 2, 1)]


@pytest.mark.parametrize(("is_descending", "order"), [(True, ["C", "A", "E", "B", "D"]), (False, list("AECBD"))])
def test_what_is_not_known_comes_last_in_both_directions(is_descending: bool, order: list[str]) -> None:
    frame = yielding(1, None, 2, NAN, 1)

    found = sort_stocks(frame, "dividend_yield_pct", is_descending=is_descending)["symbol"].to_list()
    assert found == order


@pytest.mark.parametrize(
    ("text", "low", "high"), [("10..30", 10, 30), ("10..", 10, None), ("..-2.5", None, -2.5), ("-5..-.5", -5, -0.5)]
)
def test_a_range_is_read(text: str, low: float | None, high: float | None) -> None:
    assert read_range("volatility_pct", text) == Between("volatility_pct", low, high)


@pytest.mark.parametrize("text", ["", "10", "a..b", "nan..", "..inf", "1..2..3", "10...."])
def test_what_is_no_range_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"no range of numbers|could not convert"):
        read_range("volatility_pct", text)


def test_a_range_is_written_short() -> None:
    assert (write_range(10.0, None), write_range(None, -2.5), write_range(0, 0)) == ("10..", "..-2.5", "0..0")
    assert write_range(None, None) == ""


numbers = st.floats(-50, 50)
bounds = st.none() | numbers
invented_stocks = st.lists(
    st.fixed_dictionaries(
        {
            "sector": st.none() | st.sampled_from(SECTORS),
            **{figure: st.none() | st.just(NAN) | numbers | st.sampled_from([-1.0, 0.0, 1.0]) for figure in FIGURES},
        }
    ),
    max_size=12,
).map(lambda rows: [{"symbol": f"S{place:02}", **row} for place, row in enumerate(rows)])
invented_filters = st.lists(
    st.builds(Between, st.sampled_from(FIGURES), bounds | st.just(0.0), bounds | st.just(0.0))
    | st.builds(OneOf, st.just("sector"), st.lists(st.sampled_from(SECTORS), max_size=3).map(tuple)),
    max_size=4,
)


def is_known(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def fits(row: Stock, one: Filter) -> bool:
    value = row[one.figure]
    if isinstance(one, OneOf):
        return value in one.words
    if not isinstance(value, float) or not is_known(value):
        return False
    return (one.low is None or one.low <= value) and (one.high is None or value <= one.high)


@given(rows=invented_stocks, filters=invented_filters)
@examples(200)
def test_screening_is_what_plain_python_does(rows: list[Stock], filters: list[Filter]) -> None:
    frame = stocks(rows)

    assert kept(frame, *filters) == [row["symbol"] for row in rows if all(fits(row, one) for one in filters)]
    assert count_excluded(frame, filters).rows() == [
        (one.figure, sum(not fits(row, one) for row in rows), sum(not is_known(row[one.figure]) for row in rows))
        for one in filters
    ]


@given(rows=invented_stocks, figure=st.sampled_from(FIGURES), is_descending=st.booleans())
@examples(200)
def test_the_order_is_what_plain_python_makes(rows: list[Stock], figure: str, is_descending: bool) -> None:
    def key(row: Stock) -> tuple[bool, float]:
        value = row[figure]
        if not isinstance(value, float) or not is_known(value):
            return True, 0
        return False, -value if is_descending else value

    found = sort_stocks(stocks(rows), figure, is_descending=is_descending)
    assert found["symbol"].to_list() == [row["symbol"] for row in sorted(rows, key=key)]


@given(low=bounds, high=bounds)
@examples(200)
def test_what_is_written_reads_as_it_was(low: float | None, high: float | None) -> None:
    text = write_range(low, high)

    assert read_range("volatility_pct", text or "..") == Between("volatility_pct", low, high)
