"""Captured payloads of one symbol, one after the other, into a real Postgres."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest

from include.errors import PayloadQuarantined
from include.silver.datasets import find_dataset
from include.silver.load import Loaded, load_payloads
from include.warehouse.connection import connect
from tests.captures.folders import needs_real_captures, weekly_capture
from tests.payloads import bar, moment, normalize_daily, normalize_weekly, payload_of

WEEKLY = "weekly_adjusted_prices"
# The growth is that of the payload that told it best, and so is what is read from it; a longer history says more of
# what is regular.
CONTENT = """
    select to_jsonb(week) - array['bronze_key', 'execution_batch_id', 'loaded_at', 'is_retained', 'factor_growth',
        'factor_growth_low', 'factor_growth_high', 'total_return_factor', 'other_factor', 'is_factor_coarse',
        'special_dividend_per_share']
    from silver.weekly_adjusted_prices as week where symbol = %s and not is_retained order by week_ending
"""
GROWTH = """
    select week_ending, factor_growth_high - factor_growth_low, total_return_factor::float8, other_factor::float8
    from silver.weekly_adjusted_prices where factor_growth is not null
"""
EVERYTHING = "select to_jsonb(week) from silver.weekly_adjusted_prices as week order by symbol, week_ending"
CARRIED = "select week_ending, adjusted_close::float8 from silver.weekly_adjusted_prices where is_retained order by 1"


@pytest.fixture
def warehouse(warehouse_url: str) -> Iterator[psycopg.Connection]:
    with connect(warehouse_url) as connection:
        connection.autocommit = True
        yield connection


def load(warehouse: psycopg.Connection, body: bytes, day: str, symbol: str = "IBM") -> Loaded:
    """Load one answer as fetched at noon of a day."""
    series = normalize_weekly(body, symbol=symbol, fetched_at=moment(day))
    [loaded] = load_payloads(warehouse, find_dataset(WEEKLY), [series], accepted={}, batch=f"test:{day}")
    return loaded


def load_capture(warehouse: psycopg.Connection, name: str, symbol: str | None = None) -> Loaded:
    body, named, at = weekly_capture(name)
    return load(warehouse, body, str(at.date()), symbol or named)


def ask(warehouse: psycopg.Connection, query: str, *values: object) -> list[tuple[object, ...]]:
    return warehouse.execute(query.encode(), values).fetchall()


def restatements(warehouse: psycopg.Connection) -> list[tuple[object, ...]]:
    return ask(
        warehouse,
        "select cause, rows_changed, first_week, last_week from silver.restatements order by known_at",
    )


REAL = [
    (["AAPL_20220211.json", "AAPL_20240415.json"], ["dividend"], 0),
    (
        [
            "IBM_20220211.json",
            "IBM_20230622.json",
            "IBM_20231027.json",
            "IBM_20240415.json",
            "IBM_20251107.csv",
            "IBM_20260515.csv",
        ],
        ["dividend"] * 5,
        0,
    ),
    (["MSFT_20180816.json", "MSFT_20191129.json", "MSFT_20240415.json"], ["dividend"] * 2, 252),
    (["NVDA_20220211.json", "NVDA_20240415.json"], ["dividend"], 0),
    (["TSLA_20210423.json", "TSLA_20240415.json"], ["split"], 0),
    (["HPQ_20220211.json", "HPQ_20240415.json"], ["dividend"], 0),
]
INVENTED = ["POLE_20220701.json", "POLE_20220928.json", "POLE_20221104.csv"]


@pytest.mark.parametrize(
    ("files", "causes", "retained"),
    [(INVENTED, ["dividend"] * 2, 16), *(pytest.param(*case, marks=needs_real_captures) for case in REAL)],
    ids=lambda value: value[0].partition("_")[0] if isinstance(value, list) and value[0].endswith("json") else "",
)
def test_captures_in_order_leave_what_the_last_alone_would(
    warehouse: psycopg.Connection, files: list[str], causes: list[str], retained: int
) -> None:
    symbol = files[0].partition("_")[0]
    for name in files:
        assert load_capture(warehouse, name).error is None
    after_all = ask(warehouse, CONTENT, symbol)
    growth = {week: values for week, *values in ask(warehouse, GROWTH)}
    assert [row[0] for row in restatements(warehouse)] == causes
    assert ask(warehouse, "select count(*) from silver.weekly_adjusted_prices where is_retained") == [(retained,)]

    warehouse.execute("truncate silver.weekly_adjusted_prices, silver.loaded_payloads")
    load_capture(warehouse, files[-1])

    assert len(after_all) > (40 if files == INVENTED else 700)
    assert ask(warehouse, CONTENT, symbol) == after_all
    for week, width, *factors in ask(warehouse, GROWTH):
        assert growth[week][0] <= width * 1.0001  # type: ignore[operator]  # numbers all
        assert growth[week][1:] == pytest.approx(factors, rel=5e-3)


@needs_real_captures
def test_a_restated_history_moves_no_return(warehouse: psycopg.Connection) -> None:
    before = """
        select week_ending, total_return_factor * close / lag(close) over by_week,
            adjusted_close / lag(adjusted_close) over by_week
        from silver.weekly_adjusted_prices window by_week as (order by week_ending) order by 1 offset 1 limit 1161
    """
    load_capture(warehouse, "AAPL_20220211.json")
    told = ask(warehouse, before)
    load_capture(warehouse, "AAPL_20240415.json")
    restated = ask(warehouse, before)

    assert len(told) == len(restated) == 1_161
    assert [row[:2] for row in told] == [row[:2] for row in restated]
    assert sum(old[2] != new[2] for old, new in zip(told, restated, strict=True)) == 1_160


THREE_OF_MSFT = ["MSFT_20180816.json", "MSFT_20191129.json", "MSFT_20240415.json"]


@pytest.mark.parametrize(
    ("files", "retained", "first"),
    [
        (INVENTED, 16, date(2021, 9, 10)),
        pytest.param(THREE_OF_MSFT, 252, date(1995, 1, 13), marks=needs_real_captures),
    ],
)
def test_weeks_carried_in_steps_equal_those_retained_at_once(
    warehouse: psycopg.Connection, files: list[str], retained: int, first: date
) -> None:
    for name in files:
        load_capture(warehouse, name)
    in_steps = ask(warehouse, CARRIED)
    warehouse.execute("truncate silver.weekly_adjusted_prices, silver.loaded_payloads")
    for name in (files[0], files[-1]):
        load_capture(warehouse, name)
    at_once = ask(warehouse, CARRIED)

    assert len(in_steps) == retained
    assert [day for day, _ in in_steps] == [day for day, _ in at_once]
    # The steps cancel out, but for the tenth decimal that each of them is kept to.
    assert [price for _, price in in_steps] == [pytest.approx(price, abs=1e-8) for _, price in at_once]
    assert in_steps[0][0] == first


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (INVENTED, [("2021-11-12", 2), ("2022-05-20", 3)]),
        pytest.param(
            THREE_OF_MSFT,
            [("1996-12-13", 2), ("1998-02-27", 2), ("1999-04-02", 2), ("2003-02-21", 2)],
            marks=needs_real_captures,
        ),
    ],
)
def test_the_history_before_the_answer_that_cut_it_keeps_its_splits(
    warehouse: psycopg.Connection, files: list[str], expected: list[tuple[str, int]]
) -> None:
    load_capture(warehouse, files[0])
    load_capture(warehouse, files[-1])

    splits = ask(
        warehouse,
        "select week_ending::text, split_factor::int from silver.weekly_adjusted_prices "
        "where split_factor * other_factor <> 1 order by 1",
    )
    assert splits == expected


@pytest.mark.parametrize(
    ("known", "weeks", "stranger"),
    [
        ("MELT_20220520.json", 29, "POLE_20220701.json"),
        pytest.param("FB_20220211.json", 508, "PYPL_20240415.json", marks=needs_real_captures),
        pytest.param("FB_20220211.json", 508, "HPQ_20240415.json", marks=needs_real_captures),
    ],
    ids=["invented", "with a shorter history", "with a longer history"],
)
def test_another_security_under_a_known_ticker_changes_nothing(
    warehouse: psycopg.Connection, known: str, weeks: int, stranger: str
) -> None:
    load_capture(warehouse, known)
    before = ask(warehouse, EVERYTHING)

    held_back = load_capture(warehouse, stranger, symbol=known.partition("_")[0])

    assert isinstance(held_back.error, PayloadQuarantined)
    assert len(before) == weeks
    assert ask(warehouse, EVERYTHING) == before
    assert ask(warehouse, "select count(*) from silver.loaded_payloads") == [(1,)]


def test_a_ticker_held_back_does_not_hold_back_the_others_of_its_batch(warehouse: psycopg.Connection) -> None:
    before = {f"2024-{month:02}-05": bar(close=str(month)) for month in range(1, 13)}
    load(warehouse, payload_of(before, "FB"), "2024-12-08", "FB")
    other = {day: bar(close="95") for day in before}
    payloads = [
        normalize_weekly(payload_of(other, symbol), symbol=symbol, fetched_at=moment("2024-12-09"))
        for symbol in ("FB", "IBM")
    ]

    loaded = {
        row.key.symbol: row
        for row in load_payloads(warehouse, find_dataset(WEEKLY), payloads, accepted={}, batch="test:2")
    }

    assert isinstance(loaded["FB"].error, PayloadQuarantined)
    assert (loaded["IBM"].error, loaded["IBM"].inserted) == (None, 12)


def test_a_newer_answer_replaces_its_open_week(warehouse: psycopg.Connection) -> None:
    load(warehouse, payload_of({"2024-01-03": bar(close="101")}), "2024-01-04")
    load(warehouse, payload_of({"2024-01-05": bar(close="104")}), "2024-01-06")

    assert ask(warehouse, "select price_date, close, is_complete_week from silver.weekly_adjusted_prices") == [
        (date(2024, 1, 5), 104, True)
    ]
    assert restatements(warehouse) == []


def test_an_older_answer_that_comes_late_covers_nothing(warehouse: psycopg.Connection) -> None:
    load(warehouse, payload_of({"2024-01-05": bar(close="104")}), "2024-01-07")
    before = ask(warehouse, EVERYTHING)

    late = load(warehouse, payload_of({"2024-01-05": bar(close="101")}), "2024-01-06")

    assert (late.changed, late.error) == (0, None)
    assert ask(warehouse, EVERYTHING) == before


def test_an_equal_week_keeps_its_batch_and_its_moment(warehouse: psycopg.Connection) -> None:
    load(warehouse, payload_of({"2024-01-05": bar()}), "2024-01-06")
    before = ask(warehouse, EVERYTHING)

    again = load(warehouse, payload_of({"2024-01-05": bar(), "2024-01-12": bar()}), "2024-01-13")

    assert (again.inserted, again.updated, again.deleted) == (1, 0, 0)
    assert ask(warehouse, EVERYTHING)[:1] == before


def test_an_answer_without_one_good_row_leaves_silver_and_is_counted(warehouse: psycopg.Connection) -> None:
    load(warehouse, payload_of({"2024-01-05": bar()}), "2024-01-06")
    before = ask(warehouse, EVERYTHING)

    load(warehouse, payload_of({"2024-01-12": bar(close="NaN", open=""), "\x00": bar()}), "2024-01-13")

    assert ask(warehouse, EVERYTHING) == before
    counts = (
        "select rows_received, rows_kept, rows_combined, rows_rejected from silver.loaded_payloads order by loaded_at"
    )
    assert ask(warehouse, counts) == [(1, 1, 0, 0), (2, 0, 0, 2)]
    assert ask(warehouse, "select row_number, field, row_date, reason from silver.rejected_rows order by 1") == [
        (1, None, "2024-01-12", "non-finite close"),
        (2, None, "", "malformed date"),
    ]


def test_every_rejected_field_of_a_row_is_a_row_of_its_own(warehouse: psycopg.Connection) -> None:
    load(warehouse, payload_of({"2024-01-05": bar(low="0.0000", volume="-5")}), "2024-01-06")

    rejected = "select row_number, field, reason, raw_values::json ->> field from silver.rejected_rows order by 2"
    assert ask(warehouse, rejected) == [(1, "low", "zero low", "0.0000"), (1, "volume", "negative volume", "-5")]
    assert ask(warehouse, "select low, volume, has_rejected_fields from silver.weekly_adjusted_prices") == [
        (None, None, True)
    ]
    counts = "select rows_received, rows_kept, rows_combined, rows_rejected from silver.loaded_payloads"
    assert ask(warehouse, counts) == [(1, 1, 0, 0)]


def test_a_rejected_field_that_comes_again_changes_nothing_and_heals_with_a_good_answer(
    warehouse: psycopg.Connection,
) -> None:
    load(warehouse, payload_of({"2024-01-05": bar(low="0.0000", adjusted_close=None)}), "2024-01-06")
    before = ask(warehouse, EVERYTHING)
    again = load(warehouse, payload_of({"2024-01-05": bar(low="-1", adjusted_close="-")}), "2024-01-07")
    assert (again.changed, ask(warehouse, EVERYTHING)) == (0, before)

    healed = load(warehouse, payload_of({"2024-01-05": bar()}), "2024-01-08")

    assert healed.updated == 1
    columns = "low, adjusted_close, inferred_adjusted_close, has_rejected_fields, is_action_unsure"
    assert ask(warehouse, f"select {columns} from silver.weekly_adjusted_prices") == [(90, 100, None, False, False)]
    assert restatements(warehouse) == []


def test_a_day_that_a_newer_answer_garbles_stays(warehouse: psycopg.Connection) -> None:
    names = ("1. open", "2. high", "3. low", "4. close", "5. volume")
    days = {f"2024-01-0{day}": dict.fromkeys(names, "5") for day in (2, 3, 4, 5)}
    newer = days | {"2024-01-03": days["2024-01-03"] | {"4. close": "?"}}
    del newer["2024-01-04"]  # which is another thing

    for at, bars in (("2024-01-06", days), ("2024-01-07", newer)):
        body = json.dumps({"Time Series (Daily)": bars}).encode()
        series = normalize_daily(body, symbol="IBM", fetched_at=moment(at))
        load_payloads(warehouse, find_dataset("daily_prices"), [series], accepted={}, batch=at)

    left = ask(warehouse, "select trade_date::text, execution_batch_id from silver.daily_prices order by 1")
    assert left == [(day, "2024-01-06") for day in ("2024-01-02", "2024-01-03", "2024-01-05")]
    assert ask(warehouse, "select row_date, reason from silver.rejected_rows") == [("2024-01-03", "malformed close")]


def load_days(warehouse: psycopg.Connection, first: str, count: int, at: str, *, close: str = "5") -> Loaded:
    """Load a daily payload of so many days in a row, fetched at noon of a day."""
    names = ("1. open", "2. high", "3. low", "4. close", "5. volume")
    days = [str(date.fromisoformat(first) + timedelta(days=number)) for number in range(count)]
    body = json.dumps({"Time Series (Daily)": {day: dict.fromkeys(names, close) for day in days}}).encode()
    series = normalize_daily(body, symbol="IBM", fetched_at=moment(at))
    [loaded] = load_payloads(warehouse, find_dataset("daily_prices"), [series], accepted={}, batch=at)
    return loaded


def test_the_newest_days_after_a_pause_are_taken_and_the_older_ones_stay(warehouse: psycopg.Connection) -> None:
    load_days(warehouse, "2023-01-02", 100, "2023-04-15")

    after = load_days(warehouse, "2023-08-01", 100, "2023-11-10", close="9")

    assert (after.error, after.inserted, after.deleted) == (None, 100, 0)
    held = "select min(trade_date)::text, max(trade_date)::text, count(*) from silver.daily_prices"
    assert ask(warehouse, held) == [("2023-01-02", "2023-11-08", 200)]


@pytest.mark.parametrize(
    ("first", "count"),
    [
        ("2023-08-01", 101),  # a whole history that begins after all that is held
        ("2023-08-01", 60),  # also one of few days: it is whole, or it would have a hundred
        ("2022-06-01", 100),  # it ends before them
    ],
)
def test_days_that_share_none_with_those_held_are_another_securitys(
    warehouse: psycopg.Connection, first: str, count: int
) -> None:
    load_days(warehouse, "2023-01-02", 100, "2023-04-15")

    after = load_days(warehouse, first, count, "2023-11-10")

    assert "another security: it shares no day with the 100 days held" in str(after.error)
    assert ask(warehouse, "select count(*) from silver.daily_prices") == [(100,)]


def test_a_whole_history_heals_what_a_pause_left_and_is_compared_with_all_of_it(
    warehouse: psycopg.Connection,
) -> None:
    load_days(warehouse, "2023-01-02", 100, "2023-04-15")
    load_days(warehouse, "2023-08-01", 100, "2023-11-10")

    other = load_days(warehouse, "2022-01-03", 700, "2023-12-05", close="7")
    assert "another security: only 0% of the raw closes held agree" in str(other.error)
    whole = load_days(warehouse, "2022-01-03", 700, "2023-12-06")

    assert (whole.error, whole.inserted, whole.updated) == (None, 500, 0)


@pytest.mark.parametrize(
    "symbol", ["BC/PA", "NEE 6.219", "../x", "%", "ÅÄÖ", 'it\'s "quoted"', "-P-HIZ", "a\nb", "NULL", "\\."]
)
def test_a_hostile_symbol_is_only_text_to_sql(warehouse: psycopg.Connection, symbol: str) -> None:
    load(warehouse, payload_of({"2024-01-05": bar(), "2023-12-29": bar()}, symbol), "2024-01-06", symbol)
    retained = load(warehouse, payload_of({"2024-01-05": bar(), "2024-01-12": bar()}, symbol), "2024-01-13", symbol)

    assert (retained.inserted, retained.updated) == (1, 1)
    assert ask(warehouse, "select distinct symbol from silver.weekly_adjusted_prices") == [(symbol,)]
    assert ask(warehouse, "select count(*) from silver.weekly_adjusted_prices") == [(3,)]
