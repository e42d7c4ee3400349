"""The daily series as silver holds them, examined."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import psycopg
from psycopg import sql

from include.exchanges import day_at
from include.silver.daily_checks import check_days
from include.warehouse.frames import read_frame

DAYS = pl.Schema(
    {
        "symbol": pl.String,
        "trade_date": pl.Date,
        "close": pl.Float64,
        "volume": pl.Float64,
        "is_complete_day": pl.String,
        "has_rejected_fields": pl.String,
    }
)
SPLITS = pl.Schema({"symbol": pl.String, "ex_date": pl.Date, "shares": pl.Float64})
REJECTED = pl.Schema({"symbol": pl.String, "field": pl.String, "row_date": pl.String, "reason": pl.String})
EVERY_DAY = f"select {', '.join(DAYS)} from silver.daily_prices where symbol = any({{symbols}}) order by 1, 2"
# What is listed and is no split moves the price, and no volume.
LISTED_SPLITS = """
    select symbol, ex_date, case kind when 'split' then factor else 1 end
    from silver.corporate_actions where symbol = any({symbols}) and factor is not null
"""
REJECTED_OF_NEWEST = """
    with newest as (
        select max(bronze_key) as bronze_key from silver.loaded_payloads
        where function = 'TIME_SERIES_DAILY' and symbol = any({symbols}) group by symbol
    )
    select symbol, field, row_date, reason from silver.rejected_rows join newest using (bronze_key)
"""


def examine_days(connection: psycopg.Connection, symbols: Sequence[str], now: datetime) -> pl.DataFrame:
    """Find what is odd about the daily series of some symbols.

    Shape:  -> FINDINGS.
    """
    flags = pl.col("is_complete_day", "has_rejected_fields") == "t"
    days = _read(connection, EVERY_DAY, symbols, DAYS).with_columns(flags)
    todays = {"symbol": list(symbols), "today": [day_at(symbol, now) for symbol in symbols]}
    splits = _read(connection, LISTED_SPLITS, symbols, SPLITS)
    rejected = _read(connection, REJECTED_OF_NEWEST, symbols, REJECTED)
    return check_days(days.join(pl.DataFrame(todays), on="symbol", maintain_order="left"), splits, rejected)


def _read(connection: psycopg.Connection, query: str, symbols: Sequence[str], schema: pl.Schema) -> pl.DataFrame:
    return read_frame(connection, sql.SQL(query).format(symbols=sql.Literal(list(symbols))), schema)
