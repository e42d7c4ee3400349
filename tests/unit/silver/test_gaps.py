"""Which sessions a daily series lacks, by the calendar of its exchange."""

import time
from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from include.exchanges import NEW_YORK, sessions_between
from include.silver.gaps import GAPS, find_gaps


def series(symbol: str, *days: str) -> pl.DataFrame:
    trade_dates = [date.fromisoformat(day) for day in days]
    return pl.DataFrame(
        {"symbol": symbol, "trade_date": trade_dates}, schema={"symbol": pl.String, "trade_date": pl.Date}
    )


def gaps(*frames: pl.DataFrame) -> list[tuple[str, str, str, int]]:
    found = find_gaps(pl.concat(frames))
    return [(symbol, str(first), str(last), sessions) for symbol, first, last, sessions in found.iter_rows()]


@pytest.mark.parametrize(
    ("symbol", "days"),
    [
        ("IBM", ["2024-03-28", "2024-04-01"]),  # Good Friday
        ("IBM", ["2001-09-10", "2001-09-17"]),  # the attack on New York
        ("TSCO.LON", ["2024-03-28", "2024-04-02"]),  # Good Friday and Easter Monday
        ("RELIANCE.BSE", ["2024-01-19", "2024-01-20", "2024-01-23"]),  # a Saturday session that no calendar knows
        ("RELIANCE.BSE", ["2015-02-27", "2015-02-28", "2015-03-02"]),  # Budget Saturday
        ("0700.HK", ["2024-02-09", "2024-02-14"]),  # Lunar New Year
        ("INFY.NSE", ["2024-01-26", "2024-01-29"]),  # no calendar: Monday follows Friday
        ("IBM", ["2024-03-28"]),
        ("IBM", []),
    ],
)
def test_a_series_that_holds_every_session_has_no_gap(symbol: str, days: list[str]) -> None:
    assert gaps(series(symbol, *days)) == []


@pytest.mark.parametrize(
    ("symbol", "days", "gap"),
    [
        ("IBM", ["2024-04-01", "2024-04-03"], ("2024-04-02", "2024-04-02", 1)),
        ("IBM", ["2024-03-27", "2024-04-02"], ("2024-03-28", "2024-04-01", 2)),  # on both sides of Good Friday
        ("IBM", ["2024-11-27", "2024-12-02"], ("2024-11-29", "2024-11-29", 1)),  # the half day after Thanksgiving
        ("TSCO.LON", ["2023-12-21", "2023-12-27"], ("2023-12-22", "2023-12-22", 1)),  # a half day, then Christmas
        ("RELIANCE.BSE", ["2024-02-10", "2024-02-13"], ("2024-02-12", "2024-02-12", 1)),  # begins on an unknown day
        ("RELIANCE.BSE", ["2024-02-08", "2024-02-10"], ("2024-02-09", "2024-02-09", 1)),  # ends on an unknown day
        ("INFY.NSE", ["2024-01-25", "2024-01-29"], ("2024-01-26", "2024-01-26", 1)),  # no calendar: each weekday
        ("X.NOWHERE", ["2024-12-24", "2024-12-27"], ("2024-12-25", "2024-12-26", 2)),
        ("RELIANCE.BSE", ["2040-01-05", "2040-01-10"], ("2040-01-06", "2040-01-09", 2)),  # beyond the calendar
        ("IBM", ["2013-03-01", "2013-09-03"], ("2013-03-04", "2013-08-30", 127)),  # half a year
    ],
)
def test_a_run_of_missing_sessions_is_one_gap(symbol: str, days: list[str], gap: tuple[str, str, int]) -> None:
    assert gaps(series(symbol, *days)) == [(symbol, *gap)]


def test_series_of_several_exchanges_keep_to_their_own_calendars_in_any_order() -> None:
    days = ["2024-04-03", "2024-03-28", "2024-04-02"]

    assert gaps(series("TSCO.LON", *days), series("IBM", *days), series("AAPL", "2024-03-25", "2024-03-27")) == [
        ("AAPL", "2024-03-26", "2024-03-26", 1),
        ("IBM", "2024-04-01", "2024-04-01", 1),  # London had a holiday
    ]


def test_each_run_of_a_series_is_a_row() -> None:
    assert gaps(series("IBM", "2024-04-01", "2024-04-03", "2024-04-04", "2024-04-09")) == [
        ("IBM", "2024-04-02", "2024-04-02", 1),
        ("IBM", "2024-04-05", "2024-04-08", 2),
    ]


def test_no_series_have_no_gaps() -> None:
    assert_frame_equal(find_gaps(series("IBM")), pl.DataFrame(schema=GAPS))


def test_other_columns_make_no_difference() -> None:
    with_close = series("IBM", "2024-04-01", "2024-04-03").with_columns(close=pl.lit(1.5))

    assert find_gaps(with_close)["sessions"].to_list() == [1]


def test_ten_thousand_series_take_seconds() -> None:
    sessions = sessions_between(NEW_YORK, date(2014, 1, 2), date(2023, 12, 29))
    symbols = pl.DataFrame({"symbol": [f"S{number:05}" for number in range(10_000)]})
    missing = pl.col("trade_date").is_in([sessions[100], sessions[101]])
    days = symbols.join(pl.DataFrame({"trade_date": sessions}).filter(~missing), how="cross")
    started = time.process_time()

    found = find_gaps(days)

    assert found.height == 10_000
    assert found["sessions"].unique().to_list() == [2]
    assert timedelta(seconds=time.process_time() - started) < timedelta(seconds=15)
