"""Builders of payloads: a test writes what matters to it, these hold the rest."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import polars as pl

from include.bronze.keys import BronzeKey, short_hash
from include.errors import PayloadQuarantined
from include.silver.dataset import Dataset
from include.silver.datasets.daily_prices import DATASET as DAILY
from include.silver.datasets.weekly_adjusted_prices import DATASET
from include.silver.history import Restatement, find_restatement
from include.silver.normalize import NormalizedSeries
from include.silver.quarantine import Evidence, quarantine

JSON_NAMES = {
    "open": "1. open",
    "high": "2. high",
    "low": "3. low",
    "close": "4. close",
    "adjusted_close": "5. adjusted close",
    "volume": "6. volume",
    "dividend_amount": "7. dividend amount",
}
CSV_HEADER = "timestamp,open,high,low,close,adjusted close,volume,dividend amount"

Bar = dict[str, object]


def moment(day: str) -> datetime:
    """Noon of a day, UTC."""
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


def bar(**changes: object) -> Bar:
    """A quiet week at 100, no action."""
    quiet = {"open": "100.0000", "high": "110.0000", "low": "90.0000", "close": "100.0000"}
    return quiet | {"adjusted_close": "100.0000", "volume": "1000", "dividend_amount": "0.0000"} | changes


def payload_of(bars: dict[str, Bar], symbol: str = "IBM") -> bytes:
    """A weekly adjusted payload in the source's own layout, rows in the order given."""
    rows = {day: {JSON_NAMES[name]: value for name, value in fields.items()} for day, fields in bars.items()}
    return json.dumps({"Meta Data": {"2. Symbol": symbol}, "Weekly Adjusted Time Series": rows}, indent=4).encode()


def csv_of(rows: list[tuple[str, Bar]]) -> bytes:
    """The same with `datatype=csv`."""
    lines = [
        CSV_HEADER,
        *(",".join([day, *(str(fields.get(name, "")) for name in JSON_NAMES)]) for day, fields in rows),
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


def normalize(dataset: Dataset, body: bytes, *, symbol: str, fetched_at: datetime) -> NormalizedSeries:
    """One payload, typed as its dataset says."""
    key = BronzeKey(dataset.function.name, symbol, fetched_at, short_hash(body))
    [series] = dataset.type_all([dataset.read(body, key)])
    return series


def combined_rows(series: NormalizedSeries) -> int:
    """Rows that went into another row, as parts of one week."""
    return series.received - series.rows.height - series.rejected_rows


normalize_weekly, normalize_daily = partial(normalize, DATASET), partial(normalize, DAILY)


@dataclass(frozen=True)
class Merged:
    """One symbol's series after a payload, and what that rewrote."""

    rows: pl.DataFrame
    restatement: Restatement | None


def merge_with_history(payload: NormalizedSeries, stored: pl.DataFrame) -> Merged:
    """What loading does with one symbol's payload, without a table.

    Raises: PayloadQuarantined, as loading reports it.
    """
    evidence = Evidence(payload, stored)
    if found := quarantine(evidence, DATASET.rules):
        raise PayloadQuarantined(f"{payload.symbol}: {found}")
    return Merged(evidence.weeks, find_restatement(payload, stored, evidence.weeks, evidence.restated))
