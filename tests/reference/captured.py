"""Stocks computed from captured payloads, from small payloads of the cases, and from invented weeks."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

from tests.captures.folders import INVENTED, captures_of, read_capture, weekly_capture
from tests.reference.records import Payload
from tests.reference.stock import Stock, compute_stock

WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
FIRST_FRIDAY = date(2015, 1, 2)


def captured_payload(name: str) -> Payload:
    """A captured weekly payload."""
    body, symbol, fetched_at = weekly_capture(name)
    return Payload(symbol, fetched_at, body)


@cache
def captured_stock(*names: str) -> Stock:
    """The stock of captured payloads, in order."""
    return compute_stock(captured_payload(name) for name in names)


def real_captures() -> list[str]:
    """The names of the real weekly payloads."""
    return [path.name for path in captures_of(WEEKLY) if path.parent.parent != INVENTED]


def case_payload(name: str, fetched_at: datetime = datetime(2024, 4, 24, 12, tzinfo=UTC)) -> Payload:
    """A small payload of the cases, which lie beside the captures."""
    return Payload(name.rpartition("__")[2], fetched_at, read_capture("../cases", f"{name}.json"))


def invented(
    closes: Sequence[float | str],
    adjusted: Sequence[float | str] | None = None,
    dividends: dict[int, float | str] | None = None,
    first: date = FIRST_FRIDAY,
    symbol: str = "ACME",
    **fields: dict[int, float | str],
) -> Payload:
    """A payload of weeks without a gap, taken in the middle of the week after: a place in it names what is changed."""
    rows = {}
    for place, close in enumerate(closes):
        row = {"1. open": close, "2. high": float(close) * 1.01, "3. low": float(close) * 0.99, "4. close": close}
        row |= {"5. adjusted close": adjusted[place] if adjusted else close, "6. volume": 1_000_000}
        row |= {"7. dividend amount": (dividends or {}).get(place, 0)}
        row |= {name: fields[name.split(" ")[1]].get(place, row[name]) for name in row if name.split(" ")[1] in fields}
        rows[str(first + timedelta(weeks=place))] = {name: str(value) for name, value in row.items()}
    fetched_at = datetime.combine(first + timedelta(weeks=len(closes) - 1, days=5), datetime.min.time(), UTC)
    body = json.dumps({"Weekly Adjusted Time Series": rows}).encode()
    return Payload(symbol, fetched_at + timedelta(hours=12), body)


def invented_stock(*payloads: Payload) -> Stock:
    """The stock of invented payloads."""
    return compute_stock(payloads)
