"""Payload to typed frame: pure Polars. Every row received is kept, combined with its week, or rejected; of a row that
is kept, a field that cannot be believed is rejected alone.

Many answers are typed in one frame, which costs a third of typing them one by one; each comes out as if it were alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import polars as pl

from include.exchanges import is_week_complete, last_closed_session
from include.silver.parse import parse_rows
from include.silver.rules import add_values, day_of, explain_rejected, reject, unreadable_days, value_of
from include.silver.schema import (
    DAILY_PRICES,
    EXACT,
    MOST_DIGITS,
    REJECTED,
    USUAL_DECIMALS,
    WEEKLY_PRICES,
    SeriesContract,
)
from include.silver.weeks import add_week_ending, combine_parts_of_a_week


@dataclass(frozen=True)
class RawSeries:
    """One answer, read: its rows as `parse_rows` finds them, still text."""

    symbol: str
    fetched_at: datetime
    rows: pl.DataFrame


@dataclass(frozen=True)
class NormalizedSeries:
    """One answer, typed.

    Shape:  rows (m, key and fields) sorted by date; rejected as REJECTED, k of them whole rows;
            received = m + combined + k.
    """

    symbol: str
    rows: pl.DataFrame
    rejected: pl.DataFrame
    received: int
    raw: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)  # as `parse_rows` found them

    @property
    def rejected_rows(self) -> int:
        """Rows that were rejected as a whole."""
        return self.rejected["field"].null_count()

    @property
    def combined(self) -> int:
        """Rows that went into another row, as parts of one week."""
        return self.received - self.rows.height - self.rejected_rows

    @property
    def newest_day(self) -> date | None:
        """The newest day of which a row is kept."""
        dated = [name for name in ("price_date", "trade_date") if name in self.rows.columns]
        newest = self.rows[dated[0]].max() if dated else None
        return newest if isinstance(newest, date) else None

    @property
    def unreadable_days(self) -> list[date | None]:
        """The days of which the answer said nothing that can be believed; None for an unreadable day."""
        return unreadable_days(self.rejected) if self.rejected.height else []


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

    Shape:  -> for each answer its rows (m, 12): symbol, week_ending, price_date, the fields of WEEKLY_PRICES,
            is_complete_week, has_rejected_fields; all fields but close may be null.
    Units:  prices in the listing's currency, unadjusted unless the name says so; volume in shares.
    Source: Alpha Vantage, TIME_SERIES_WEEKLY_ADJUSTED, captured answers of 2018 to 2026.
    """
    checked = _check(answers, WEEKLY_PRICES)
    weeks = (
        _cast_to_contract(checked, WEEKLY_PRICES)
        .rename({"day": "price_date"})
        .pipe(add_week_ending)
        .pipe(combine_parts_of_a_week)
        .pipe(_add_is_complete_week, answers)
        .select("answer", "week_ending", "price_date", *WEEKLY_PRICES.names, "is_complete_week", "has_rejected_fields")
    )
    return _one_by_one(answers, weeks, checked, WEEKLY_PRICES)


def type_daily(answers: Sequence[RawSeries]) -> list[NormalizedSeries]:
    """Type daily answers.

    Shape:  -> for each answer its rows (m, 9): symbol, trade_date, the fields of DAILY_PRICES, is_complete_day,
            has_rejected_fields; all fields but close may be null.
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
    return add_values(raw, contract)


def _of_answer(values: Sequence[date]) -> pl.Expr:
    """A value of each answer, beside its rows."""
    return pl.col("answer").replace_strict(range(len(values)), values, return_dtype=pl.Date)


def _cast_to_contract(checked: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    kept = checked if checked["is_kept"].all() else checked.filter("is_kept")
    values = (pl.col(value_of(name)).alias(name) for name in contract.names)
    return kept.select("answer", "day", *values, "has_rejected_fields")


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
    nothing = typed.clear().drop("answer")
    series = []
    for number, answer in enumerate(answers):
        rows = (
            rows_of.get((number,), nothing)
            .pipe(_shorten, contract)
            .with_columns(pl.lit(answer.symbol).alias("symbol"))
            .select("symbol", *nothing.columns)
        )
        rejected = rejected_of.get((number,), REJECTED.to_frame())
        series.append(NormalizedSeries(answer.symbol, rows, rejected, answer.rows.height, answer.rows))
    return series


def _shorten(rows: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    # Four decimals and whole shares where an answer has no more: half the text to write, and as the source prints.
    shares = [field.name for field in contract.fields if not field.is_money]
    for columns, decimals in ((list(contract.money), USUAL_DECIMALS), (shares, 0)):
        exact = rows.select(columns)
        short = exact.cast(pl.Decimal(MOST_DIGITS, decimals))
        if short.cast(EXACT).equals(exact):
            rows = rows.with_columns(short)
    return rows
