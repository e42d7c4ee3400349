"""What is odd about daily bars, on invented ones."""

from datetime import date, timedelta
from itertools import count

import polars as pl
import pytest

from include.exchanges import NEW_YORK, sessions_between
from include.silver.daily_checks import check_days
from include.silver.rejections import REPEATED

SESSIONS = sorted(sessions_between(NEW_YORK, date(2024, 1, 2), date(2024, 12, 31)))
NO_SPLITS = pl.DataFrame(schema={"symbol": pl.String, "ex_date": pl.Date, "shares": pl.Float64})
NONE_REJECTED = pl.DataFrame(schema=dict.fromkeys(("symbol", "field", "row_date", "reason"), pl.String))


def series(symbol: str = "IBM", sessions: list[date] = SESSIONS[:40], **columns: object) -> pl.DataFrame:
    """Quiet days: 100, 1,000 shares."""
    quiet = {"close": 100.0, "volume": 1_000.0, "is_complete_day": True, "has_rejected_fields": False}
    days = pl.DataFrame({"symbol": symbol, "trade_date": sessions, "today": SESSIONS[-1]})
    return days.with_columns(
        (value if isinstance(value, pl.Series) else pl.lit(value)).alias(name)
        for name, value in (quiet | columns).items()
    )


def changed(value: float, *, at: int, usual: float = 1_000.0, sessions: int = 40) -> pl.Series:
    """A column of the usual value, but for one session."""
    return pl.Series([value if number == at else usual for number in range(sessions)])


def check(
    days: pl.DataFrame, splits: pl.DataFrame = NO_SPLITS, rejected: pl.DataFrame = NONE_REJECTED
) -> list[tuple[object, ...]]:
    """What is found beside the span: check, level, first and last session, value, bound."""
    found = check_days(days, splits, rejected).filter(pl.col("check_name") != "date_range")
    return found.drop("symbol", "words").rows()


def test_each_series_has_its_span_and_a_quiet_one_nothing_else() -> None:
    found = check_days(pl.concat([series("MSFT"), series("IBM", SESSIONS[5:40])]), NO_SPLITS, NONE_REJECTED)

    assert found["words"].to_list() == [
        "35 sessions, from 2024-01-09 to 2024-02-28",
        "40 sessions, from 2024-01-02 to 2024-02-28",
    ]
    assert found.drop("words").rows() == [
        ("IBM", "date_range", "info", SESSIONS[5], SESSIONS[39], 35.0, None),
        ("MSFT", "date_range", "info", SESSIONS[0], SESSIONS[39], 40.0, None),
    ]


@pytest.mark.parametrize(
    ("volume", "found"),
    [
        (3_000.0, []),
        (3_001.0, [("volume_high", "unusual", 3.001, 3.0)]),
        (10_000.0, [("volume_high", "unusual", 10.0, 3.0)]),
        (10_001.0, [("volume_high", "extreme", 10.001, 10.0)]),
        (334.0, []),
        (333.0, [("volume_low", "unusual", 0.333, 1 / 3)]),
        (99.0, [("volume_low", "extreme", 0.099, 1 / 10)]),
        (0.0, []),  # nobody traded: it enters no average either
    ],
)
def test_a_volume_is_compared_with_the_twenty_sessions_before(volume: float, found: list[tuple[object, ...]]) -> None:
    rows = check(series(volume=changed(volume, at=30)))

    said = [(name, level, pytest.approx(value), bound) for name, level, value, bound in found]
    assert [(row[0], row[1], row[4], row[5]) for row in rows] == said
    assert {row[2:4] for row in rows} <= {(SESSIONS[30], SESSIONS[30])}


def test_a_volume_is_told_as_people_read_it() -> None:
    found = check_days(series(volume=changed(12_530_500.0, at=39, usual=1e6)), NO_SPLITS, NONE_REJECTED)

    assert found["words"][-1] == "12,530,500 shares, 12.5 times the average of the 20 sessions before"


def test_a_volume_without_twenty_sessions_before_it_is_not_judged() -> None:
    assert check(series(volume=changed(20_000.0, at=19))) == []
    assert len(check(series(volume=changed(20_000.0, at=20)))) == 1


def test_the_average_is_of_the_sessions_of_its_own_symbol() -> None:
    large = series("MSFT", volume=1e9)

    assert check(pl.concat([series("IBM"), large, series("XOM")])) == []


def test_a_session_under_way_has_no_volume_yet() -> None:
    is_complete_day = pl.Series([number < 39 for number in range(40)])

    assert check(series(volume=changed(1.0, at=39), is_complete_day=is_complete_day)) == []


def test_a_volume_is_in_the_shares_of_its_day() -> None:
    # Four times as many shares from the split on, at a quarter of the price.
    volume = pl.Series([1_000.0 if number < 30 else 4_000.0 for number in range(40)])
    close = pl.Series([100.0 if number < 30 else 25.0 for number in range(40)])
    listed = pl.DataFrame({"symbol": "IBM", "ex_date": [SESSIONS[30]], "shares": [4.0]})

    assert check(series(volume=volume, close=close), listed) == []
    assert {row[0] for row in check(series(volume=volume, close=close))} == {"volume_high", "split_without_action"}


@pytest.mark.parametrize(
    ("close", "words"),
    [
        (14.0, "the close went from 100.0 to 14.0, about as in a split of 7:1, and none is listed"),
        (51.0, "the close went from 100.0 to 51.0, about as in a split of 2:1, and none is listed"),
        (2_040.0, "the close went from 100.0 to 2040.0, about as in a split of 1:20, and none is listed"),
    ],
)
def test_a_move_of_a_splits_size_needs_a_split(close: float, words: str) -> None:
    closes = pl.Series([100.0 if number < 30 else close for number in range(40)])

    found = check_days(series(close=closes), NO_SPLITS, NONE_REJECTED)
    [row] = found.filter(pl.col("check_name") == "split_without_action").rows(named=True)
    assert (row["first_session"], row["last_session"], row["level"]) == (SESSIONS[29], SESSIONS[30], "extreme")
    assert (row["value"], row["bound"], row["words"]) == (pytest.approx(100 / close), 1.6, words)


@pytest.mark.parametrize(("days_later", "is_found"), [(-5, False), (5, False), (6, True), (-8, True)])
def test_a_listed_split_may_be_dated_some_days_beside(days_later: int, *, is_found: bool) -> None:
    closes = pl.Series([100.0 if number < 30 else 50.0 for number in range(40)])
    ex_date = SESSIONS[30] + timedelta(days=days_later)
    listed = pl.DataFrame({"symbol": ["IBM", "MSFT"], "ex_date": [ex_date, SESSIONS[30]], "shares": [2.0, 2.0]})

    found = {row[0] for row in check(series(close=closes), listed)}
    assert ("split_without_action" in found) is is_found


def test_a_move_of_the_market_is_no_split() -> None:
    assert check(series(close=changed(62.6, at=39, usual=100.0))) == []
    assert len(check(series(close=changed(62.4, at=39, usual=100.0)))) == 1


def test_missing_sessions_are_a_gap() -> None:
    days = [*SESSIONS[:10], *SESSIONS[12:40]]

    assert check(series(sessions=days)) == [("gap", "unusual", SESSIONS[10], SESSIONS[11], 2.0, 0.0)]


def test_a_session_after_today_is_in_the_future() -> None:
    days = series().with_columns(today=pl.lit(SESSIONS[37]))

    assert check(days) == [("future_session", "extreme", SESSIONS[38], SESSIONS[39], 2.0, 0.0)]


def test_fields_and_rows_that_were_rejected_are_counted() -> None:
    numbers = count()
    rows = [
        ("IBM", None, "2024-01-05", REPEATED),
        ("IBM", None, "2024-01-08", "zero close"),
        ("IBM", None, "yesterday", "malformed date"),
        ("IBM", "open", "2024-01-09", "zero open"),  # counted where silver holds it
    ]
    rejected = pl.DataFrame(rows, schema=NONE_REJECTED.schema, orient="row")
    has_rejected_fields = pl.Series([next(numbers) in {4, 6} for _ in range(40)])

    assert check(series(has_rejected_fields=has_rejected_fields), rejected=rejected) == [
        ("duplicates", "unusual", date(2024, 1, 5), date(2024, 1, 5), 1.0, 0.0),
        ("missing_fields", "unusual", SESSIONS[4], SESSIONS[6], 2.0, 0.0),
        ("rejected_rows", "unusual", date(2024, 1, 8), date(2024, 1, 8), 2.0, 0.0),
    ]


def test_nothing_is_found_of_no_days() -> None:
    assert check_days(series().clear(), NO_SPLITS, NONE_REJECTED).is_empty()
