"""A second source of weekly prices, CSV files in a folder, as its owner would write it: nothing else is changed."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from include.bronze.keys import BronzeKey
from include.errors import ContractError, InvalidCall
from include.silver.datasets.weekly_adjusted_prices import DATASET as WEEKLY
from include.silver.normalize import RawSeries
from include.sources import Cadence, CallBudget, SourceFunction

COLUMNS = {
    "Date": "row_date",
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adjusted_close",
    "Volume": "volume",
    "Dividends": "dividend_amount",
}


class Folder:
    """A folder with one file per ticker."""

    name = "files"
    path = Path()

    @contextmanager
    def open(self) -> Iterator["Folder"]:
        """A folder needs no connection."""
        yield self

    def budget(self) -> CallBudget:
        """Reading a file costs next to nothing."""
        return CallBudget(self.name, calls_per_minute=60_000, calls_per_day=1_000_000)

    def fetch(self, function: Any, symbol: str) -> bytes:
        """Read the ticker's file.

        Raises: InvalidCall when there is none.
        """
        file = self.path / f"{symbol}.csv"
        if not file.exists():
            raise InvalidCall(f"{symbol}: no file {file.name} for {function}")
        return file.read_bytes()


def read(payload: bytes, key: BronzeKey) -> RawSeries:
    """Read a file as text, its columns named as silver names them.

    Raises: ContractError when a column is missing.
    """
    raw = pl.read_csv(io.BytesIO(payload), infer_schema=False)
    if missing := set(COLUMNS) - set(raw.columns):
        raise ContractError(f"the file has no column {', '.join(sorted(missing))}")
    rows = raw.select(pl.col(name).alias(column) for name, column in COLUMNS.items())
    numbered = rows.with_row_index("row_number", offset=1).with_columns(pl.col("row_number").cast(pl.Int64))
    return RawSeries(key, numbered)


FOLDER = Folder()
DATASET = replace(WEEKLY, source=FOLDER, function=SourceFunction("WEEKLY_FILE", Cadence.WEEK), read=read)
