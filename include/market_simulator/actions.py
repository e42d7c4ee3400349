"""SPLITS and DIVIDENDS: what took effect by the close of a day, newest first, in the words of the source."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from include.market_simulator.invented import invented_actions, is_invented
from include.market_simulator.series import sample_actions

UNKNOWN: Final = "None"  # of a day that nobody told us
Listed = list[dict[str, str]]


def listed_splits(symbol: str, last_close: date) -> Listed:
    """The splits of a symbol, with four decimals."""
    splits = ((day, factor) for day, factor, _ in _known_actions(symbol, last_close) if factor != 1.0)
    return [{"effective_date": day.isoformat(), "split_factor": f"{factor:.4f}"} for day, factor in splits]


def listed_dividends(symbol: str, last_close: date) -> Listed:
    """The dividends of a symbol, without needless zeros."""
    dividends = ((day, amount) for day, _, amount in _known_actions(symbol, last_close) if amount != 0.0)
    unknown = dict.fromkeys(("declaration_date", "record_date", "payment_date"), UNKNOWN)
    return [{"ex_dividend_date": day.isoformat(), **unknown, "amount": str(amount)} for day, amount in dividends]


def _known_actions(symbol: str, last_close: date) -> Sequence[tuple[date, float, float]]:
    if is_invented(symbol):
        return invented_actions(symbol, last_close)
    known = sample_actions().filter(pl.col("symbol") == symbol.upper(), pl.col("date") <= last_close)
    return known.select("date", "split_factor", "dividend_amount").reverse().rows()
