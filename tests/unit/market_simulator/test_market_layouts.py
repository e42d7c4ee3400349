"""Responses look like Alpha Vantage's, byte for byte in shape."""

import json
import re
from datetime import date

import pytest

from include.market_simulator.layouts import DAILY, WEEKLY, series_as_csv, series_as_json
from include.market_simulator.listing import normal_reply
from include.market_simulator.overview import FIELDS
from include.market_simulator.replies import REPLIES, Call
from tests.captures.folders import needs_real_captures, read_capture

WEEKLY_ADJUSTED = "TIME_SERIES_WEEKLY_ADJUSTED"
END = date(2013, 3, 1)


def response(
    function: str = WEEKLY_ADJUSTED, symbol: str = "IBM", *, key: str = "k", last_close: date = END, **more: str
):
    return normal_reply(Call(function=function, symbol=symbol, api_key=key, **more), last_close)


def shape(text: str) -> str:
    """The text with every digit alike, so that only the layout counts."""
    return re.sub(r"\d+", "9", text)


def first_lines(body: bytes, count: int) -> str:
    return "\n".join(body.decode().splitlines()[:count])


def test_the_weekly_layout_in_full():
    rows = [("2013-03-01", 1.0, 2.5, 0.5, 1.25, 1.2, 300, 0.85)]

    assert (
        series_as_json(WEEKLY, "IBM", rows).decode()
        == """{
    "Meta Data": {
        "1. Information": "Weekly Adjusted Prices and Volumes",
        "2. Symbol": "IBM",
        "3. Last Refreshed": "2013-03-01",
        "4. Time Zone": "US/Eastern"
    },
    "Weekly Adjusted Time Series": {
        "2013-03-01": {
            "1. open": "1.0000",
            "2. high": "2.5000",
            "3. low": "0.5000",
            "4. close": "1.2500",
            "5. adjusted close": "1.2000",
            "6. volume": "300",
            "7. dividend amount": "0.8500"
        }
    }
}"""
    )


def test_the_csv_layout_in_full():
    rows = [("2013-03-01", 1.0, 2.5, 0.5, 1.25, 300)]

    assert series_as_csv(DAILY, rows) == (
        b"timestamp,open,high,low,close,volume\r\n2013-03-01,1.0000,2.5000,0.5000,1.2500,300\r\n"
    )


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (WEEKLY_ADJUSTED, "POLE_20220928.json"),
        ("TIME_SERIES_DAILY", "POLE_20221104.json"),
        pytest.param(WEEKLY_ADJUSTED, "IBM_20231027.json", marks=needs_real_captures),
        pytest.param("TIME_SERIES_DAILY", "IBM_20231027.json", marks=needs_real_captures),
    ],
)
def test_json_has_the_shape_of_a_captured_answer(function: str, name: str):
    captured = read_capture(function, name).replace(b"POLE", b"IBM")
    ours = response(function).body

    lines = 40
    assert shape(first_lines(ours, lines)) == shape(first_lines(captured, lines))
    assert shape(ours.decode()[-60:]) == shape(captured.decode().rstrip("\n")[-60:])


@pytest.mark.parametrize("name", ["POLE_20221104.csv", pytest.param("IBM_20260515.csv", marks=needs_real_captures)])
@pytest.mark.parametrize("function", [WEEKLY_ADJUSTED, "TIME_SERIES_DAILY"])
def test_csv_has_the_shape_of_a_captured_answer(function: str, name: str):
    captured = read_capture(function, name)
    ours = response(function, data_type="csv").body

    assert shape(first_lines(ours, 5)) == shape(first_lines(captured, 5))


@needs_real_captures
def test_an_overview_has_the_fields_of_a_captured_answer_in_its_order():
    captured = json.loads(read_capture("OVERVIEW", "IBM_20260331.json"))

    assert list(captured) == list(FIELDS)


@needs_real_captures
@pytest.mark.parametrize(
    ("name", "file", "function"),
    [
        ("throttle_per_second", "Information_1_per_second", ""),
        ("throttle_burst", "Information_burst_pattern_paid_key", ""),
        ("throttle_minute", "Information_minute_level_paid_key", ""),
        ("quota_spent", "Information_25_per_day_with_key", ""),
        ("quota_spent_2023", "Information_25_per_day_2023_2024", ""),
        ("premium", "Information_premium_endpoint", ""),
        ("premium_output_size", "Information_outputsize_full_premium", ""),
        ("invalid_call", "Error_Message_invalid_call_weekly_adjusted", WEEKLY_ADJUSTED),
        ("invalid_key", "Error_Message_apikey", ""),
        ("unknown_function", "Error_Message_unknown_function", "TIME_SERIES_INTRAAY"),
        ("empty_best_matches", "empty_SYMBOL_SEARCH", ""),
        ("empty", "empty_object_OVERVIEW_unknown_or_etf", ""),
    ],
)
def test_words_are_the_quoted_ones(name: str, file: str, function: str):
    quoted = read_capture("replies_quoted", f"{file}.json").decode().strip()

    assert REPLIES[name](Call(function=function, api_key="X" * 16)).body.decode() == quoted


@needs_real_captures
@pytest.mark.parametrize(
    ("name", "file", "function"),
    [
        ("demo_key", "Information_demo_key", ""),
        ("note_2018", "Note_5_per_minute_500_per_day", ""),
        ("invalid_call", "Error_Message_BOP", "BOP"),
        ("invalid_call_2017", "Error_Message_2017_wording", "TIME_SERIES_DAILY"),
    ],
)
def test_words_are_the_captured_ones(name: str, file: str, function: str):
    captured = json.loads(read_capture("replies_captured", f"{file}.json").decode("utf-8-sig"))

    assert json.loads(REPLIES[name](Call(function=function)).body) == captured


def test_a_symbol_is_answered_as_typed():
    assert json.loads(response(symbol="ibm").body)["Meta Data"]["2. Symbol"] == "ibm"


def test_compact_is_a_hundred_days_and_full_is_all():
    assert len(json.loads(response("TIME_SERIES_DAILY").body)["Time Series (Daily)"]) == 100
    full = json.loads(response("TIME_SERIES_DAILY", output_size="full").body)
    assert len(full["Time Series (Daily)"]) == 3270
    assert full["Meta Data"]["4. Output Size"] == "Full size"


def test_an_overview_holds_known_facts_alone():
    overview = json.loads(response("OVERVIEW", "MSFT").body)

    assert overview["Name"] == "Microsoft Corporation"
    assert overview["Exchange"] == "NASDAQ"
    assert overview["PERatio"] == "None"


@pytest.mark.parametrize("symbol", ["SPY", "INVENTED-1", "NOPE"])
def test_an_overview_of_anything_else_is_empty(symbol: str):
    assert response("OVERVIEW", symbol).body == b"{}"


@pytest.mark.parametrize(
    ("call", "start"),
    [
        ({"symbol": "NOPE"}, "Invalid API call"),
        ({"symbol": ""}, "Invalid API call"),
        ({"symbol": "FB", "last_close": date(2012, 5, 17)}, "Invalid API call"),
        ({"key": ""}, "the parameter apikey is invalid or missing"),
        ({"function": "TIME_SERIES_INTRAAY"}, "This API function (TIME_SERIES_INTRAAY) does not exist."),
        ({"function": ""}, "This API function () does not exist."),
    ],
)
def test_a_bad_call_gets_the_sources_words(call: dict, start: str):
    reply = response(**call)

    assert reply.status == 200
    assert not reply.is_data
    assert json.loads(reply.body)["Error Message"].startswith(start)


def test_the_demo_key_answers_the_documented_example_alone():
    assert response(symbol="IBM", key="demo").is_data
    assert b"**demo**" in response(symbol="AAPL", key="demo").body


def test_the_spent_quota_repeats_the_key_and_nothing_else_does():
    call = Call(function=WEEKLY_ADJUSTED, symbol="IBM", api_key="MY{KEY}")
    repeating = {name for name in REPLIES if b"MY{KEY}" in REPLIES[name](call).body}

    assert repeating == {"quota_spent"}
    assert "MY{KEY}" not in repr(call)
