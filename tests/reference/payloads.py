"""Payload bytes to typed rows: which fields and rows can be believed."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from fractions import Fraction

from tests.reference.records import Payload, Rejected, Row

SERIES = "Weekly Adjusted Time Series"
FIELDS = {
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "adjusted close": "adjusted_close",
    "volume": "volume",
    "dividend amount": "dividend_amount",
}
TEN_DECIMALS = Decimal("1e-10")  # what money holds
MAY_BE_ZERO = {"volume", "dividend_amount"}


class ContractError(Exception):
    """The payload loads nothing: its newest week or more than a tenth of its rows are rejected as a whole."""


@dataclass(frozen=True)
class TypedRows:
    """The rows that can be believed, newest last, and what was rejected."""

    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]
    received: int


def type_payload(payload: Payload) -> TypedRows:
    """Type the rows of a payload.

    Raises: ContractError when the newest row, or more than a tenth of the rows, is rejected as a whole.
    """
    texts = sorted(_read_texts(payload.body), key=lambda row: row["date"])
    rows, rejected = [], []
    for text in texts:
        row, reasons = _type_row(text, payload.fetched_at.date() + timedelta(days=1))
        rejected += reasons
        if row is not None:
            rows.append(row)
    whole = [reason.row_date for reason in rejected if reason.field is None]
    if not rows or len(whole) * 10 > len(texts) or texts[-1]["date"] in whole:
        raise ContractError(f"{payload.symbol}: {len(whole)} of {len(texts)} rows rejected")
    return TypedRows(tuple(rows), tuple(rejected), len(texts))


def _read_texts(body: bytes) -> Iterator[dict[str, str]]:
    text = body.decode("utf-8-sig")
    if text.lstrip().startswith("{"):
        for day, fields in json.loads(text)[SERIES].items():
            yield {"date": day} | {FIELDS[name.split(". ", 1)[1]]: value for name, value in fields.items()}
        return
    for fields in csv.DictReader(io.StringIO(text)):
        named = {name.replace("_", " "): value for name, value in fields.items()}
        yield {"date": named.pop("timestamp")} | {FIELDS[name]: value for name, value in named.items()}


def _type_row(text: dict[str, str], last_day: date) -> tuple[Row | None, list[Rejected]]:
    day = _read_day(text["date"])
    values = {name: _believe(name, text.get(name)) for name in FIELDS.values()}
    high, low = values["high"], values["low"]
    if high is not None and low is not None and high < low:
        values["high"] = values["low"] = None
    if day is None or day > last_day or values["close"] is None:
        return None, [Rejected(text["date"], None, text.get("close"))]
    missing = [name for name, value in values.items() if value is None]
    row = Row(price_date=day, **values, has_rejected_fields=bool(missing))  # type: ignore[arg-type]
    return row, [Rejected(text["date"], name, text.get(name)) for name in missing]


def _read_day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _believe(name: str, text: str | None) -> Fraction | None:
    try:
        number = Decimal(text or "").quantize(TEN_DECIMALS, ROUND_HALF_EVEN)
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0 or (number == 0 and name not in MAY_BE_ZERO):
        return None
    return Fraction(number)
