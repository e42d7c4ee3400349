"""Daily prices: the raw bars of each session, as the source sends them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import polars as pl
import psycopg
from psycopg import sql

from include.alpha_vantage.client import ALPHA_VANTAGE
from include.alpha_vantage.functions import AlphaVantageFunction
from include.exchanges import day_at, day_closes_at
from include.silver.another_security import differs_in_days
from include.silver.daily_report import examine_days
from include.silver.dataset import Closing, Dataset, WholeHistory
from include.silver.normalize import NormalizedSeries, RawSeries, of_payload, read_series, type_series
from include.silver.schema import PRICE_FIELDS, Field, SeriesContract
from include.silver.tables import Target
from include.sources import Cadence

DAILY = AlphaVantageFunction(
    "TIME_SERIES_DAILY",
    Cadence.SESSION,
    data_field="Time Series (Daily)",
    symbol_path=("Meta Data", "2. Symbol"),
    csv_header=b"timestamp,open,high,low,close,volume",
    parameters=(("outputsize", "compact"),),
)
ALL_DAYS = WholeHistory(replace(DAILY, parameters=(("outputsize", "full"),)), usual_rows=100)
DAILY_PRICES = SeriesContract(DAILY, (*PRICE_FIELDS, Field("volume", "5. volume", "volume", is_money=False)))
TABLE = Target(
    "daily_prices", ("symbol", "trade_date"), (*DAILY_PRICES.names, "is_complete_day", "has_rejected_fields")
)


def type_daily(payloads: Sequence[RawSeries]) -> list[NormalizedSeries]:
    """Type daily payloads.

    Shape:  -> for each payload its rows (m, 9): symbol, trade_date, the fields of DAILY_PRICES, is_complete_day,
            has_rejected_fields; all fields but close may be null.
    Units:  prices in the listing's currency, unadjusted; volume in shares.
    Source: Alpha Vantage, TIME_SERIES_DAILY, captured payloads of 2018 to 2026.
    """
    fetched_on = [day_at(payload.key.symbol, payload.key.fetched_at) for payload in payloads]
    is_complete_day = (pl.col("trade_date") < of_payload(fetched_on)).alias("is_complete_day")

    def to_days(typed: pl.DataFrame) -> pl.DataFrame:
        return typed.rename({"day": "trade_date"}).with_columns(is_complete_day).sort("payload", "trade_date")

    return type_series(payloads, DAILY_PRICES, to_days)


def read_stored_closes(connection: psycopg.Connection, schema: str, symbols: Sequence[str]) -> pl.DataFrame:
    """Read the raw closes of the daily series of some symbols.

    Shape:  (n, 3): symbol, trade_date, close as float.
    """
    query = sql.SQL("select symbol, trade_date, close::float8 from {} where symbol = any(%s) and is_complete_day")
    rows = connection.execute(query.format(sql.Identifier(schema, TABLE.name)), (list(symbols),)).fetchall()
    return pl.DataFrame(rows, schema={"symbol": pl.String, "trade_date": pl.Date, "close": pl.Float64}, orient="row")


DATASET = Dataset(
    source=ALPHA_VANTAGE,
    function=DAILY,
    budget_rank=5,
    table=TABLE,
    read=partial(read_series, DAILY_PRICES),
    type_all=type_daily,
    read_history=read_stored_closes,
    rules=(partial(differs_in_days, usual_rows=ALL_DAYS.usual_rows),),
    closing=Closing("is_complete_day", "trade_date", day_closes_at),
    examine=examine_days,
    whole=ALL_DAYS,
)
