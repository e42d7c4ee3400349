"""Payload to typed frame: pure Polars. Every row received is kept, combined with its week, or rejected.

Many answers are typed in one frame, which costs a third of typing them one by one; each comes out as if it were alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import polars as pl

from include.alpha_vantage.exchanges import is_week_complete, last_closed_session
from include.silver.parse import parse_rows
from include.silver.rules import add_is_clean, day_of, explain_rejected, reject, unreadable_days
from include.silver.schema import DAILY_PRICES, MOST_DIGITS, REJECTED, WEEKLY_PRICES, SeriesContract


@dataclass(frozen=True)
class RawSeries:
    """One answer, read: its rows as `parse_rows` finds them, still text."""

    symbol: str
    fetched_at: datetime
    rows: pl.DataFrame


@dataclass(frozen=True)
class NormalizedSeries:
    """One answer, typed.

    Shape:  rows (m, key and fields) sorted by date; rejected (k, 4) as REJECTED; received = m + combined + k.
    """

    symbol: str
    rows: pl.DataFrame
    rejected: pl.DataFrame
    received: int
    raw: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)  # as `parse_rows` found them

    @property
    def combined(self) -> int:
        """Rows that went into another row, as parts of one week."""
        return self.received - self.rows.height - self.rejected.height

    @property
    def unreadable_days(self) -> list[date | None]:
        """The days of which the answer said something that cannot be believed; None for an unreadable day."""
        return unreadable_days(self.rejected) if self.rejected.height else []


def take_weeks_after(series: NormalizedSeries, week_ending: date) -> NormalizedSeries:
    """A weekly payload without its weeks up to one that is quarantined: their rows are rejected, with their text."""
    sunday = week_ending + timedelta(days=2)
    rejected = series.rejected["row_number"].implode()
    dropped = series.raw.filter(day_of(pl.col("row_date")) <= sunday, ~pl.col("row_number").is_in(rejected))
    reason = f"not after the wild week {week_ending}, which is quarantined"
    return replace(
        series,
        rows=series.rows.filter(pl.col("week_ending") > week_ending),
        rejected=pl.concat([series.rejected, reject(dropped, WEEKLY_PRICES, reason)]).sort("row_number"),
    )


def read_weekly(payload: bytes, *, symbol: str, fetched_at: datetime) -> RawSeries:
    """Read one weekly adjusted answer.

    Raises: ContractError when a field the contract names is missing everywhere.
    """
    return RawSeries(symbol, fetched_at, parse_rows(payload, WEEKLY_PRICES))


def read_daily(payload: bytes, *, symbol: str, fetched_at: datetime) -> RawSeries:
    """Read one daily answer.

    Raises: ContractError when a field the contract names is missing everywhere.
    """
    return RawSeries(symbol, fetched_at, parse_rows(payload, DAILY_PRICES))


def normalize_weekly(payload: bytes, *, symbol: str, fetched_at: datetime) -> NormalizedSeries:
    """Type one weekly adjusted answer, as `type_weekly` does many.

    Raises: ContractError when a field the contract names is missing everywhere.
    """
    [series] = type_weekly([read_weekly(payload, symbol=symbol, fetched_at=fetched_at)])
    return series


def type_weekly(answers: Sequence[RawSeries]) -> list[NormalizedSeries]:
    """Type weekly adjusted answers.

    Shape:  -> for each answer its rows (m, 11): symbol, week_ending, price_date, the fields of WEEKLY_PRICES,
            is_complete_week.
    Units:  prices in the listing's currency, unadjusted unless the name says so; volume in shares.
    Source: Alpha Vantage, TIME_SERIES_WEEKLY_ADJUSTED, captured answers of 2018 to 2026.
    """
    checked = _check(answers, WEEKLY_PRICES)
    weeks = (
        _cast_to_contract(checked, WEEKLY_PRICES)
        .rename({"day": "price_date"})
        .pipe(_add_week_ending)
        .pipe(_combine_parts_of_a_week)
        .pipe(_add_is_complete_week, answers)
        .select("answer", "week_ending", "price_date", *WEEKLY_PRICES.names, "is_complete_week")
    )
    return _one_by_one(answers, weeks, checked, WEEKLY_PRICES)


def type_daily(answers: Sequence[RawSeries]) -> list[NormalizedSeries]:
    """Type daily answers.

    Shape:  -> for each answer its rows (m, 8): symbol, trade_date, the fields of DAILY_PRICES, is_complete_day.
    Units:  prices in the listing's currency, unadjusted; volume in shares.
    Source: Alpha Vantage, TIME_SERIES_DAILY, captured answers of 2018 to 2026.
    """
    checked = _check(answers, DAILY_PRICES)
    last_closed = [last_closed_session(answer.symbol, answer.fetched_at) for answer in answers]
    days = (
        _cast_to_contract(checked, DAILY_PRICES)
        .rename({"day": "trade_date"})
        .with_columns((pl.col("trade_date") <= _of_answer(last_closed)).alias("is_complete_day"))
        .sort("answer", "trade_date")
    )
    return _one_by_one(answers, days, checked, DAILY_PRICES)


def _check(answers: Sequence[RawSeries], contract: SeriesContract) -> pl.DataFrame:
    last_days = ((answer.fetched_at + timedelta(days=1)).date() for answer in answers)  # Sydney is a day ahead of UTC
    raw = pl.concat(
        answer.rows.with_columns(pl.lit(number, pl.UInt32).alias("answer"), pl.lit(last_day).alias("last_day"))
        for number, (answer, last_day) in enumerate(zip(answers, last_days, strict=True))
    )
    return add_is_clean(raw, contract)


def _of_answer(values: Sequence[date]) -> pl.Expr:
    """A value of each answer, beside its rows."""
    return pl.col("answer").replace_strict(range(len(values)), values, return_dtype=pl.Date)


def _cast_to_contract(checked: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    clean = checked.filter("is_clean")
    scale = clean.select(_decimals(contract)).item() or 0
    shares = [field.name for field in contract.fields if not field.is_money]
    return clean.select(
        "answer",
        "day",
        pl.col(contract.names).cast(pl.Decimal(MOST_DIGITS, scale)),
    ).with_columns(pl.col(shares).cast(pl.Int64))


def _decimals(contract: SeriesContract) -> pl.Expr:
    texts = [pl.col(name).str for name in contract.money]
    return pl.max_horizontal((text.len_bytes() - 1 - text.find(".", literal=True)).max() for text in texts)


def _add_week_ending(typed: pl.DataFrame) -> pl.DataFrame:
    # weekday() is 1 on Monday: the Friday of the Monday-to-Sunday week, on every exchange.
    friday = pl.col("price_date") + pl.duration(days=5 - pl.col("price_date").dt.weekday())
    return typed.with_columns(friday.alias("week_ending"))


def _combine_parts_of_a_week(typed: pl.DataFrame) -> pl.DataFrame:
    # Around Christmas the source splits some Toronto weeks into two rows; together they are the week.
    key = ("answer", "week_ending")
    sorted_rows = typed.sort("answer", "price_date")
    if not sorted_rows.select(pl.struct(key).is_duplicated().any()).item():
        return sorted_rows
    return sorted_rows.group_by(key, maintain_order=True).agg(
        pl.col("price_date").last(),
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close", "adjusted_close").last(),
        pl.col("volume").sum(),
        pl.col("dividend_amount").sum(),
    )


def _add_is_complete_week(weeks: pl.DataFrame, answers: Sequence[RawSeries]) -> pl.DataFrame:
    # Only an answer's newest week can be open.
    newest_of = dict(weeks.group_by("answer").agg(pl.col("price_date").max()).iter_rows())
    open_from = [date.max] * len(answers)
    for number, newest in newest_of.items():
        if not is_week_complete(answers[number].symbol, newest, known_at=answers[number].fetched_at):
            open_from[number] = newest
    return weeks.with_columns((pl.col("price_date") < _of_answer(open_from)).alias("is_complete_week"))


def _one_by_one(
    answers: Sequence[RawSeries], typed: pl.DataFrame, checked: pl.DataFrame, contract: SeriesContract
) -> list[NormalizedSeries]:
    rows_of = typed.partition_by("answer", as_dict=True, include_key=False)
    rejected_of = explain_rejected(checked, contract).partition_by("answer", as_dict=True, include_key=False)
    # A price keeps the decimals that its own answer has, whatever it was typed with.
    scale_of = dict(checked.filter("is_clean").group_by("answer").agg(_decimals(contract)).iter_rows())
    nothing = typed.clear().drop("answer")
    series = []
    for number, answer in enumerate(answers):
        exact = pl.Decimal(MOST_DIGITS, scale_of.get(number) or 0)
        rows = (
            rows_of.get((number,), nothing)
            .with_columns(pl.lit(answer.symbol).alias("symbol"), pl.col(contract.money).cast(exact))
            .select("symbol", *nothing.columns)
        )
        rejected = rejected_of.get((number,), REJECTED.to_frame())
        series.append(NormalizedSeries(answer.symbol, rows, rejected, answer.rows.height, answer.rows))
    return series
