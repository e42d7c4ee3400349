"""The normal reply to a call: what this market knows at the close of a day."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl

from include.market_simulator.actions import Listed, listed_dividends, listed_splits
from include.market_simulator.invented import invented_weeks, is_invented
from include.market_simulator.invented_days import invented_days
from include.market_simulator.layouts import (
    COMPACT_ROWS,
    CSV_TYPE,
    DAILY,
    WEEKLY,
    Layout,
    Row,
    object_as_json,
    series_as_csv,
    series_as_json,
)
from include.market_simulator.overview import company_overview
from include.market_simulator.replies import REPLIES, Call, Reply
from include.market_simulator.series import daily_bars, weekly_bars

# A weekly response is a third of a megabyte, a daily history of 25 years one: the cache stays below 100 MB.
CACHED_REPLIES: Final = 64
LONGEST_SYMBOL: Final = 32
DEMO_SYMBOL: Final = "IBM"  # the demo key answers the documented examples alone


def normal_reply(call: Call, last_close: date) -> Reply:
    """Answer a call as Alpha Vantage would with the prices up to `last_close`."""
    refusal = refused_before_counting(call)
    if refusal is not None:
        return REPLIES[refusal](call)
    if call.api_key == "demo" and call.symbol != DEMO_SYMBOL:
        return REPLIES["demo_key"](call)
    if not call.symbol or len(call.symbol) > LONGEST_SYMBOL:
        return REPLIES["invalid_call"](call)
    return _reply_of(replace(call, api_key="", accept=""), last_close)  # the cache holds no key


def refused_before_counting(call: Call) -> str | None:
    """The name of the reply to a call that is no call at all; it costs no credit."""
    if call.accept == "text/csv":
        return "not_acceptable"
    if not call.api_key:
        return "invalid_key"
    return None if call.function in _FUNCTIONS else "unknown_function"


@lru_cache(maxsize=CACHED_REPLIES)
def _reply_of(call: Call, last_close: date) -> Reply:
    return _FUNCTIONS[call.function](call, last_close)


def _weekly(call: Call, last_close: date) -> Reply:
    if is_invented(call.symbol):
        return _print(call, WEEKLY, invented_weeks(call.symbol, last_close))
    return _print(call, WEEKLY, _rows(weekly_bars(call.symbol.upper(), last_close)))


def _daily(call: Call, last_close: date) -> Reply:
    is_full, symbol = call.output_size == "full", call.symbol.upper()
    rows = invented_days(symbol, last_close) if is_invented(symbol) else _rows(daily_bars(symbol, last_close))
    return _print(call, DAILY, rows if is_full else rows[:COMPACT_ROWS], is_full=is_full)


def _overview(call: Call, last_close: date) -> Reply:
    symbol = call.symbol.upper()
    if daily_bars(symbol, last_close).is_empty():
        return REPLIES["empty"](call)
    return Reply(object_as_json(company_overview(symbol, call.symbol)), is_data=True)


def _splits(call: Call, last_close: date) -> Reply:
    return _list(call, listed_splits(call.symbol, last_close))


def _dividends(call: Call, last_close: date) -> Reply:
    return _list(call, listed_dividends(call.symbol, last_close))


def _list(call: Call, rows: Listed) -> Reply:
    return Reply(object_as_json({"symbol": call.symbol, "data": rows}), is_data=True)


def _rows(bars: pl.DataFrame) -> Sequence[Row]:
    return list(bars.with_columns(pl.col("date").dt.to_string("iso")).iter_rows())


def _print(call: Call, layout: Layout, rows: Sequence[Row], *, is_full: bool = False) -> Reply:
    if not rows:  # not listed, or not yet
        return REPLIES["invalid_call"](call)
    if call.data_type == "csv":
        return Reply(series_as_csv(layout, rows), media_type=CSV_TYPE, is_data=True)
    return Reply(series_as_json(layout, call.symbol, rows, is_full=is_full), is_data=True)


_FUNCTIONS: Final[dict[str, Callable[[Call, date], Reply]]] = {
    "TIME_SERIES_WEEKLY_ADJUSTED": _weekly,
    "TIME_SERIES_DAILY": _daily,
    "OVERVIEW": _overview,
    "SPLITS": _splits,
    "DIVIDENDS": _dividends,
}
