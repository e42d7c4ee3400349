"""Payload to frame: every row received is kept, combined with its week, or rejected with a reason."""

import json
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from include.bronze.keys import BronzeKey
from include.errors import ContractError, PayloadQuarantined
from include.silver.datasets.weekly_adjusted_prices import DATASET as WEEKLY
from include.silver.normalize import NormalizedSeries
from include.silver.stored_weeks import FLAGS, STORED_WEEKS
from tests.payloads import (
    JSON_NAMES,
    Bar,
    bar,
    combined_rows,
    csv_of,
    merge_with_history,
    moment,
    normalize_daily,
    normalize_weekly,
    payload_of,
)
from tests.properties import examples

AT = moment("2024-01-06")
NOTHING_STORED = STORED_WEEKS.to_frame().with_columns(FLAGS == "t")


def normalize(payload: bytes, *, at: datetime = AT, symbol: str = "IBM") -> NormalizedSeries:
    return normalize_weekly(payload, symbol=symbol, fetched_at=at)


def reasons(**bars: Bar) -> list[str]:
    """Why rows of the same week as a good one are rejected."""
    days = {day.replace("_", "-").removeprefix("d"): fields for day, fields in bars.items()}
    return normalize(payload_of(days | {"2023-12-29": bar()})).rejected["reason"].to_list()


def field_of(name: str, value: object, **others: object) -> object:
    """What a week holds of a field that the payload says so."""
    series = normalize(payload_of({"2024-01-05": bar(**{name: value}, **others), "2023-12-29": bar()}))
    assert series.rows.height == 2
    return series.rows[name][-1]


def test_a_week_is_typed_exactly() -> None:
    series = normalize(payload_of({"2024-01-04": bar(close="100.1234", volume="12345678901")}))

    assert series.rows.select("symbol", "week_ending", "price_date", "close", "volume").row(0) == (
        "IBM",
        date(2024, 1, 5),
        date(2024, 1, 4),
        Decimal("100.1234"),
        12_345_678_901,
    )


def test_no_decimal_is_rounded() -> None:
    series = normalize(payload_of({"2024-01-05": bar(close="100.1"), "2023-12-29": bar(close="0.1234567891")}))

    assert series.rows["close"].to_list() == [Decimal("0.1234567891"), Decimal("100.1")]


def test_parts_of_a_week_are_combined() -> None:
    series = normalize(
        payload_of(
            {
                "2018-12-28": bar(open="12", high="14", low="11", close="13", adjusted_close="6.5", volume="30"),
                "2018-12-24": bar(open="10", high="15", low="9", close="12", volume="20", dividend_amount="0.5"),
            }
        )
    )

    [week] = series.rows.rows(named=True)
    assert (series.received, combined_rows(series)) == (2, 1)
    assert (week["week_ending"], week["price_date"]) == (date(2018, 12, 28), date(2018, 12, 28))
    assert [week[name] for name in JSON_NAMES] == list(map(Decimal, ("10", "15", "9", "13", "6.5", "50", "0.5")))


def test_only_the_newest_week_can_be_open_with_all_its_parts() -> None:
    bars = {"2024-01-03": bar(), "2024-01-01": bar(), "2023-12-27": bar()}

    assert normalize(payload_of(bars)).rows["is_complete_week"].to_list() == [True, False]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"close": None}, "missing close"),
        ({"close": ""}, "missing close"),
        ({"close": "None"}, "missing close"),
        ({"close": "NaN"}, "non-finite close"),
        ({"close": "-1.0"}, "negative close"),
        ({"close": "1,000.00"}, "malformed close"),
        ({"close": True}, "malformed close"),
        ({"close": {"nested": "1"}}, "malformed close"),
        ({"close": "0.0000"}, "zero close"),
        ({"close": "0.00000000005"}, "zero close"),  # half of the last decimal that money has, rounded to even
        ({"close": "1e20"}, "too large close"),
        ({"close": "1e400"}, "too large close"),
    ],
)
def test_a_row_without_a_believable_close_is_rejected_for_the_rule_it_breaks(changes: Bar, reason: str) -> None:
    series = normalize(payload_of({"2024-01-05": bar(**changes), "2023-12-29": bar()}))

    assert series.rejected.select("field", "reason").rows() == [(None, reason)]
    assert (series.rows.height, series.rejected_rows) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"open": None}, "missing open"),
        ({"open": "-"}, "missing open"),
        ({"low": "N/A"}, "missing low"),
        ({"dividend_amount": "None"}, "missing dividend_amount"),
        ({"high": "-Infinity"}, "non-finite high"),
        ({"low": "-1.0"}, "negative low"),
        ({"dividend_amount": "-0.5"}, "negative dividend_amount"),
        ({"volume": "-1"}, "negative volume"),
        ({"open": "1,000.00"}, "malformed open"),
        ({"open": "1_000"}, "malformed open"),
        ({"open": "0x1F"}, "malformed open"),
        ({"open": "١٠٠"}, "malformed open"),
        ({"open": True}, "malformed open"),
        ({"open": {"nested": "1"}}, "malformed open"),
        ({"volume": "9" * 21}, "too large volume"),
        ({"open": "0.0000"}, "zero open"),
        ({"low": "0.0000"}, "zero low"),
        ({"adjusted_close": "0.0000"}, "zero adjusted_close"),
        ({"high": "89.0000"}, "high below low"),
    ],
)
def test_a_field_that_cannot_be_is_null_and_its_week_lives_on_its_close(changes: Bar, reason: str) -> None:
    [name] = changes

    series = normalize(payload_of({"2024-01-05": bar(**changes), "2023-12-29": bar()}))

    assert (series.received, series.rows.height, combined_rows(series), series.rejected_rows) == (2, 2, 0, 0)
    assert series.rejected.select("row_number", "field", "row_date", "reason").rows() == [
        (1, name, "2024-01-05", reason)
    ]
    old, new = series.rows.rows(named=True)
    assert [field for field in JSON_NAMES if new[field] is None] == [name]
    assert (old["has_rejected_fields"], new["has_rejected_fields"]) == (False, True)


@pytest.mark.parametrize(
    ("high", "low", "close", "rejected"),
    [
        ("89", "90", "100", ["high"]),  # the close is above the high: it cannot have been the highest price
        ("110", "120", "100", ["low"]),  # the close is below the low
        ("95", "105", "100", ["high", "low"]),  # the close lies between: neither can be
    ],
)
def test_of_a_high_below_the_low_the_close_says_which_cannot_be(
    high: str, low: str, close: str, rejected: list[str]
) -> None:
    series = normalize(payload_of({"2024-01-05": bar(high=high, low=low, close=close), "2023-12-29": bar()}))

    assert series.rejected.select("field", "reason").rows() == [(name, "high below low") for name in rejected]


def test_a_row_may_have_several_rejected_fields_and_keeps_its_raw_text() -> None:
    series = normalize(payload_of({"2024-01-05": bar(open="0", volume="many"), "2023-12-29": bar()}))

    assert series.rejected["field"].to_list() == ["open", "volume"]
    assert all('"volume":"many"' in text for text in series.rejected["raw_values"])


def test_a_field_that_is_null_in_every_row_is_not_a_missing_one() -> None:
    unknown = bar(dividend_amount="None")
    assert normalize(payload_of({"2024-01-05": unknown})).rows["dividend_amount"].to_list() == [None]

    body = payload_of({"2024-01-05": bar(volume=0)}).replace(b'"6. volume": 0', b'"6. volume": null')
    assert normalize(body).rows["volume"].to_list() == [None]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.5e2", "150"),
        ("1.5E+2", "150"),
        ("1500e-1", "150"),
        ("+150", "150"),
        (" 150.0 ", "150"),
        ("150.", "150"),
        ("100.12345678905", "100.123456789"),  # half to even
        ("100.12345678915", "100.1234567892"),
        ("100.123456789149999999999999", "100.1234567891"),
        (150, "150"),
        (150.25, "150.25"),
    ],
)
def test_a_number_is_a_number_however_it_is_written(written: object, value: str) -> None:
    assert field_of("open", written) == Decimal(value)
    assert field_of("dividend_amount", written) == Decimal(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [("12345678901234567890", "12345678901234567890"), ("10.5", "10.5"), ("1e6", "1000000"), ("1000.0", "1000")],
)
def test_a_volume_may_have_twenty_digits_or_a_fraction(written: str, value: str) -> None:
    assert field_of("volume", written) == Decimal(value)


def test_a_number_of_json_keeps_the_digits_it_was_written_with() -> None:
    body = payload_of({"2024-01-05": bar(open="41.123456789012"), "2023-12-29": bar()})
    for text in (b"41.123456789012", b"1000"):
        body = body.replace(b'"%s"' % text, text)

    series = normalize(body.replace(b": 1000", b": 12345678901234567890"))

    assert series.rejected.is_empty()
    newest = series.rows.row(-1, named=True)
    assert (newest["open"], newest["volume"]) == (Decimal("41.1234567890"), 12345678901234567890)


def test_a_negative_nothing_is_nothing() -> None:
    assert field_of("dividend_amount", "-0.0000") == 0


def test_four_decimals_and_whole_shares_are_written_short() -> None:
    short, long = (
        normalize(payload_of({"2024-01-05": bar(close=close, volume=volume)})).rows.select(
            pl.col("open", "close", "volume").cast(pl.String)
        )
        for close, volume in (("100.1", "1000.0"), ("100.12345678901234", "0.5"))
    )

    assert short.rows() == [("100.0000", "100.1000", "1000")]
    assert long.rows() == [("100.0000000000", "100.1234567890", "0.5000000000")]


def test_parts_of_a_week_with_rejected_fields_are_combined_from_what_is_known() -> None:
    first = bar(open="0", high="0", low="9", close="12", volume="20", dividend_amount="None")
    last = bar(open="12", high="14", low="0", close="8", adjusted_close="0", volume="-", dividend_amount="0.5")

    series = normalize(payload_of({"2018-12-28": last, "2018-12-24": first}))

    [week] = series.rows.rows(named=True)
    assert (week["open"], week["high"], week["low"], week["close"]) == (None, 14, 8, 8)  # the close counts as a low
    assert (week["adjusted_close"], week["volume"], week["dividend_amount"]) == (None, None, None)
    assert week["has_rejected_fields"]
    assert (series.received, combined_rows(series), series.rejected_rows) == (2, 1, 0)
    assert series.rejected["field"].to_list() == ["low", "adjusted_close", "volume", "open", "high", "dividend_amount"]


def test_a_week_without_any_believable_high_has_none() -> None:
    parts = {"2018-12-28": bar(high="0"), "2018-12-24": bar(high="")}

    assert normalize(payload_of(parts)).rows["high"].to_list() == [None]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2024-02-30", "malformed date"),
        ("05/01/2024", "malformed date"),
        ("", "malformed date"),
        ("0000-01-05", "date before 1900 or after the payload was fetched"),
        ("9999-12-31", "date before 1900 or after the payload was fetched"),
        ("2024-01-12", "date before 1900 or after the payload was fetched"),
    ],
)
def test_a_row_of_no_possible_day_is_rejected(day: str, reason: str) -> None:
    assert reasons(**{day: bar()}) == [reason]


def test_what_is_odd_but_possible_is_kept() -> None:
    kept = {"2024-01-05": bar(volume="0"), "2023-12-22": bar(close="89.0000"), "2023-12-15": bar(close=100.5)}

    assert reasons(**kept) == []


def test_a_clock_time_behind_the_newest_date_is_no_harm() -> None:
    assert normalize(payload_of({"2024-01-05 13:04:59": bar()})).rows["price_date"].to_list() == [date(2024, 1, 5)]


def test_a_date_sent_twice_is_kept_once_and_rejected_once() -> None:
    twice = payload_of({"2024-01-05": bar(close="101")}).replace(b"}\n    }\n}", b"},\n" + _row("2024-01-05") + b"}}")

    series = normalize(twice)

    assert (series.received, series.rows.height, combined_rows(series)) == (2, 1, 0)
    assert series.rejected.select("row_number", "reason").rows() == [
        (2, "duplicate date: another row of this payload has it")
    ]


def test_of_a_date_sent_twice_the_row_that_can_be_believed_is_kept() -> None:
    twice = _pairs([("2024-01-05", bar(close="n/a")), ("2024-01-05", bar(close="101")), ("2023-12-29", bar())])

    series = normalize(twice)

    assert series.rows["close"].to_list() == [100, 101]
    assert series.rejected.select("row_number", "reason").rows() == [
        (1, "duplicate date: another row of this payload has it")
    ]
    assert series.rejected_dates == []


def test_a_rejected_row_keeps_its_raw_text_and_its_place() -> None:
    series = normalize(payload_of({"2024-01-05": bar(close="n/a"), "2023-12-29": bar()}))

    [row] = series.rejected.rows(named=True)
    assert (row["row_number"], row["field"], row["row_date"]) == (1, None, "2024-01-05")
    assert '"close":"n/a"' in row["raw_values"]


def test_an_answer_without_one_good_row_is_all_rejected() -> None:
    series = normalize(payload_of({"2024-01-05": bar(close="0"), "2023-12-29": bar(close="NaN")}))

    assert (series.received, series.rows.height, series.rejected.height) == (2, 0, 2)
    assert merge_with_history(series, NOTHING_STORED).rows.is_empty()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"Weekly Adjusted Time Series": []}',
        b'{"Weekly Adjusted Time Series": {}}',
        b'{"Weekly Adjusted Time Series": {"2024-01-05": null}}',
        b'{"Weekly Adjusted Time Series": {"2024-01-05": {"1. open": "\xff"}}}',
        payload_of({"2024-01-05": bar()}).replace(b"5. adjusted close", b"5. renamed close"),
        payload_of({"2024-01-05": bar()})[:-20],
        b"timestamp,open\r\n2024-01-05,1\r\n",
        b"date,open,high,low,close\r\n",
        b"\xff\xfe\x00",
    ],
)
def test_an_answer_that_breaks_the_contract_is_a_contract_error(payload: bytes) -> None:
    with pytest.raises(ContractError):
        normalize(payload)


def test_csv_and_json_give_the_same_frame() -> None:
    bars = {"2024-01-05": bar(close="100.1234"), "2023-12-29": bar(), "2023-12-27": bar(close="NaN")}

    from_json, from_csv = normalize(payload_of(bars)), normalize(csv_of(list(bars.items())))

    assert_frame_equal(from_json.rows, from_csv.rows)
    assert_frame_equal(from_json.rejected, from_csv.rejected)


def test_a_blank_line_of_csv_is_no_row() -> None:
    assert normalize(csv_of([("2024-01-05", bar())]) + b"\r\n\r\n").received == 1


def test_a_byte_order_mark_is_no_harm() -> None:
    assert normalize(b"\xef\xbb\xbf" + payload_of({"2024-01-05": bar()})).rows.height == 1


def test_a_day_is_complete_when_it_was_over_at_the_exchange() -> None:
    names = {"open": "1. open", "high": "2. high", "low": "3. low", "close": "4. close", "volume": "5. volume"}
    row = {source: bar()[name] for name, source in names.items()}
    body = (
        payload_of({})
        .replace(b"Weekly Adjusted Time Series", b"Time Series (Daily)")
        .replace(b"{}", _json({"2024-01-05": row, "2024-01-04": row}))
    )

    fetched_at = datetime.fromisoformat("2024-01-05T20:00Z")
    series = normalize_daily(body, symbol="IBM", fetched_at=fetched_at)

    assert series.rows.select("trade_date", "is_complete_day", "has_rejected_fields").rows() == [
        (date(2024, 1, 4), True, False),
        (date(2024, 1, 5), False, False),
    ]


def test_a_saturday_that_no_calendar_knows_is_complete_on_sunday() -> None:
    row = dict.fromkeys(("1. open", "2. high", "3. low", "4. close", "5. volume"), "5")
    body = json.dumps({"Time Series (Daily)": {"2024-01-20": row}}).encode()

    series = normalize_daily(body, symbol="INFY.NSE", fetched_at=moment("2024-01-21"))

    assert series.rows["is_complete_day"].to_list() == [True]


def test_a_field_of_a_day_that_cannot_be_is_null() -> None:
    row = {"1. open": "0", "2. high": "9", "3. low": "8", "4. close": "8.5", "5. volume": "1e3"}
    body = json.dumps({"Time Series (Daily)": {"2024-01-04": row, "2024-01-03": row | {"4. close": "0"}}}).encode()

    series = normalize_daily(body, symbol="IBM", fetched_at=AT)

    assert series.rows.drop("symbol", "is_complete_day").rows() == [
        (date(2024, 1, 4), None, 9, 8, Decimal("8.5"), 1000, True)
    ]
    assert series.rejected.select("field", "reason").rows() == [("open", "zero open"), (None, "zero close")]


GOOD_VALUES = {name: ["90", "100.0000", "110.12345"] for name in JSON_NAMES} | {"low": ["80.5"], "high": ["120"]}
GOOD_VALUES |= {"volume": ["0", "1000", "123456789012"], "dividend_amount": ["0.0000", "0.42"]}
BAD_VALUES = [
    None,
    "",
    "None",
    "NaN",
    "inf",
    "-1",
    "1e50",
    "abc",
    "1,000",
    "9" * 40,
    True,
    ["1"],
    "\x00",
    '"',
    "é",
]
DAYS = st.dates(date(1999, 11, 12), date(2024, 1, 5)).map(str)


@st.composite
def rows(draw: st.DrawFn) -> tuple[str, Bar, str | None]:
    """A row, and what of it cannot be believed: the name of a field, "row", or None."""
    fields: Bar = {name: draw(st.sampled_from(values)) for name, values in GOOD_VALUES.items()}
    fault = draw(st.sampled_from(["none", "none", "none", "value", "zero", "upside down", "date"]))
    day, bad = draw(DAYS), None
    match fault:
        case "value":
            bad = draw(st.sampled_from(list(JSON_NAMES)))
            fields[bad] = draw(st.sampled_from(BAD_VALUES))
        case "zero":
            bad = draw(st.sampled_from(["open", "high", "low", "close", "adjusted_close"]))
            fields[bad] = "0.00"
        case "upside down":
            bad = "high"
            fields |= {"high": "80.4999"}
        case "date":
            bad = "row"
            day = draw(
                st.sampled_from(["", "2024-13-01", "yesterday", "0000-00-00", "9999-12-31", "\x00", "²024-01-05"])
            )
    return day, fields, "row" if bad == "close" else bad


@examples(200)
@given(damaged=st.lists(rows(), max_size=12), is_csv=st.booleans())
def test_every_row_received_is_kept_combined_or_rejected(
    damaged: list[tuple[str, Bar, str | None]], is_csv: bool
) -> None:
    sound = ("2024-01-05", bar())  # without one sound row, a field may be missing everywhere
    sent = [sound, *((day, fields) for day, fields, _ in damaged)]
    if is_csv:
        sent = [(_csv_text(day), {name: _csv_text(value) for name, value in fields.items()}) for day, fields in sent]
    kept: dict[str, str | None] = {sound[0]: None}
    for day, _, bad in damaged:
        if bad != "row":
            kept.setdefault(day, bad)
    weeks = Counter(date.fromisoformat(day).isocalendar()[:2] for day in kept)
    fields = sorted(bad for bad in kept.values() if bad)

    series = normalize(csv_of(sent) if is_csv else _pairs(sent))

    assert (series.received, series.rows.height) == (len(sent), len(weeks))
    assert (series.rejected_rows, combined_rows(series)) == (len(sent) - len(kept), len(kept) - len(weeks))
    assert sorted(series.rejected["field"].drop_nulls()) == fields
    assert series.rows["has_rejected_fields"].any() == bool(fields)
    assert series.rejected["reason"].null_count() == 0
    assert merge_with_history(series, NOTHING_STORED).rows.height == len(weeks)


@examples(50)
@given(many=st.lists(st.lists(rows(), min_size=1, max_size=6), min_size=1, max_size=4))
def test_answers_typed_together_come_out_as_if_each_were_alone(many: list[list[tuple[str, Bar, str | None]]]) -> None:
    sound = ("2024-01-05", bar())
    bodies = [_pairs([sound, *((day, fields) for day, fields, _ in damaged)]) for damaged in many]
    symbols = ["IBM", "T.TO", "TSCO.LON", "IBM"][: len(many)]
    keys = [BronzeKey(WEEKLY.function.name, symbol, AT, "0" * 12) for symbol in symbols]
    raw = [WEEKLY.read(body, key) for body, key in zip(bodies, keys, strict=True)]

    for together, body, symbol in zip(WEEKLY.type_all(raw), bodies, symbols, strict=True):
        alone = normalize(body, symbol=symbol)
        assert (together.symbol, together.received) == (symbol, alone.received)
        assert_frame_equal(together.rows, alone.rows)
        assert_frame_equal(together.rejected, alone.rejected)


@examples(150)
@given(noise=st.binary(max_size=40), place=st.integers(0, 400), cut=st.integers(0, 40))
def test_whatever_bytes_arrive_the_error_names_the_contract_or_a_quarantine(noise: bytes, place: int, cut: int) -> None:
    whole = payload_of({"2024-01-05": bar(), "2023-12-29": bar()})
    for body in (whole, csv_of([("2024-01-05", bar()), ("2023-12-29", bar())])):
        try:
            series = normalize(body[:place] + noise + body[place + cut :])
            merged = merge_with_history(series, NOTHING_STORED)
        except (ContractError, PayloadQuarantined):  # a digit less can be a wild price
            continue
        assert series.received == series.rows.height + combined_rows(series) + series.rejected_rows
        assert merged.rows.height == series.rows.height


def _row(day: str) -> bytes:
    return _pairs([(day, bar())]).partition(b'"Weekly Adjusted Time Series": {')[2].removesuffix(b"}}")


def _pairs(rows: list[tuple[str, Bar]]) -> bytes:
    """A payload that may hold a date twice, which no dict can."""
    series = ",".join(f"{_json(day).decode()}: {_json(_named(fields)).decode()}" for day, fields in rows)
    return f'{{"Weekly Adjusted Time Series": {{{series}}}}}'.encode()


def _named(fields: Bar) -> Bar:
    return {JSON_NAMES[name]: value for name, value in fields.items() if value is not None}


def _json(value: object) -> bytes:

    return json.dumps(value).encode()


def _csv_text(value: object) -> str:
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text
