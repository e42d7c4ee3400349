"""The weekly adjusted series: what its rows hold, and from dated rows to weeks, the Friday they end on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from include.alpha_vantage.functions import AlphaVantageFunction
from include.exchanges import is_week_complete
from include.silver.actions.record import ACTIONS
from include.silver.normalize import NormalizedSeries, RawSeries, of_payload, type_series
from include.silver.rejections import day_of, reject
from include.silver.schema import EXACT, PRICE_FIELDS, Field, SeriesContract
from include.sources import Cadence

WEEKLY_ADJUSTED = AlphaVantageFunction(
    "TIME_SERIES_WEEKLY_ADJUSTED",
    Cadence.WEEK,
    data_field="Weekly Adjusted Time Series",
    symbol_path=("Meta Data", "2. Symbol"),
    csv_header=b"timestamp,open,high,low,close,adjusted close,volume,dividend amount",
)
WEEKLY_PRICES = SeriesContract(
    WEEKLY_ADJUSTED,
    (
        *PRICE_FIELDS,
        Field("adjusted_close", "5. adjusted close", "adjusted close"),
        Field("volume", "6. volume", "volume", is_money=False),
        Field("dividend_amount", "7. dividend amount", "dividend amount"),
    ),
)

# What a weekly row consists of, beside its key and where it came from.
WEEKLY_COLUMNS: dict[str, DataType | DataTypeClass] = {
    "price_date": pl.Date,
    **dict.fromkeys(("open", "high", "low", "close", "adjusted_close"), EXACT),
    **dict.fromkeys(("received_adjusted_close", "inferred_adjusted_close", "volume", "dividend_amount"), EXACT),
    **ACTIONS,
    **dict.fromkeys(("is_retained", "is_complete_week", "is_accepted", "has_rejected_fields"), pl.Boolean),
}


def type_weekly(payloads: Sequence[RawSeries]) -> list[NormalizedSeries]:
    """Type weekly adjusted payloads.

    Shape:  -> for each payload its rows (m, 12): symbol, week_ending, price_date, the fields of WEEKLY_PRICES,
            is_complete_week, has_rejected_fields; all fields but close may be null.
    Units:  prices in the listing's currency, unadjusted unless the name says so; volume in shares.
    Source: Alpha Vantage, TIME_SERIES_WEEKLY_ADJUSTED, captured payloads of 2018 to 2026.
    """
    return type_series(payloads, WEEKLY_PRICES, partial(_to_weeks, payloads=payloads))


def take_weeks_after(series: NormalizedSeries, week_ending: date) -> NormalizedSeries:
    """A weekly payload without its weeks up to one that is quarantined: their rows are rejected, with their text."""
    sunday = week_ending + timedelta(days=2)
    rejected = series.rejected.filter(pl.col("field").is_null())["row_number"].implode()
    dropped = series.raw.filter(day_of(pl.col("row_date")) <= sunday, ~pl.col("row_number").is_in(rejected))
    reason = f"not after the wild week {week_ending}, which is quarantined"
    return replace(
        series,
        rows=series.rows.filter(pl.col("week_ending") > week_ending),
        rejected=pl.concat([series.rejected, reject(dropped, WEEKLY_PRICES, reason)]).sort("row_number"),
    )


def _to_weeks(typed: pl.DataFrame, *, payloads: Sequence[RawSeries]) -> pl.DataFrame:
    return (
        typed.rename({"day": "price_date"})
        .pipe(_add_week_ending)
        .pipe(_combine_parts_of_a_week)
        .pipe(_add_is_complete_week, payloads)
        .select("payload", "week_ending", "price_date", *WEEKLY_PRICES.names, "is_complete_week", "has_rejected_fields")
    )


def _add_week_ending(typed: pl.DataFrame) -> pl.DataFrame:
    # weekday() is 1 on Monday: the Friday of the Monday-to-Sunday week, on every exchange.
    friday = pl.col("price_date") + pl.duration(days=5 - pl.col("price_date").dt.weekday())
    return typed.with_columns(friday.alias("week_ending"))


def _combine_parts_of_a_week(typed: pl.DataFrame) -> pl.DataFrame:
    # Around Christmas the source splits some Toronto weeks into two rows; together they are the week.
    key = ("payload", "week_ending")
    sorted_rows = typed.sort("payload", "price_date")
    if not sorted_rows.select(pl.struct(key).is_duplicated().any()).item():
        return sorted_rows
    return sorted_rows.group_by(key, maintain_order=True).agg(
        pl.col("price_date").last(),
        pl.col("open").first(),
        _of_known("high", pl.coalesce("high", "close").max()),
        _of_known("low", pl.coalesce("low", "close").min()),
        pl.col("close", "adjusted_close").last(),
        # A sum without one of its parts would be too small.
        pl.when(pl.col("volume").is_not_null().all()).then(pl.col("volume").sum()),
        pl.when(pl.col("dividend_amount").is_not_null().all()).then(pl.col("dividend_amount").sum()),
        pl.col("has_rejected_fields").any(),
    )


def _of_known(name: str, value: pl.Expr) -> pl.Expr:
    # A part without a believable high or low has at least its close.
    return pl.when(pl.col(name).is_not_null().any()).then(value).alias(name)


def _add_is_complete_week(weeks: pl.DataFrame, payloads: Sequence[RawSeries]) -> pl.DataFrame:
    # Only a payload's newest week can be open.
    newest_of = dict(weeks.group_by("payload").agg(pl.col("price_date").max()).iter_rows())
    open_from = [date.max] * len(payloads)
    for number, newest in newest_of.items():
        if not is_week_complete(payloads[number].key.symbol, newest, known_at=payloads[number].key.fetched_at):
            open_from[number] = newest
    return weeks.with_columns((pl.col("price_date") < of_payload(open_from)).alias("is_complete_week"))
