"""Payload to typed frame: pure Polars. Every row received is kept, combined with its week, or rejected."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from include.alpha_vantage.exchanges import is_week_complete, last_closed_session
from include.silver.parse import parse_rows
from include.silver.schema import (
    DAILY_PRICES,
    MOST_DECIMALS,
    MOST_DIGITS,
    NUL,
    REJECTED,
    WEEKLY_PRICES,
    SeriesContract,
)

# The source once put a clock time behind the date of its newest row.
# Digits are spelt out, for \d would also take those of other scripts.
DATE = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?$"
NUMBER = rf"^[0-9]{{1,20}}(?:\.[0-9]{{1,{MOST_DECIMALS}}})?$"
WHOLE_NUMBER = r"^[0-9]{1,18}(?:\.0+)?$"
FIRST_DAY = date(1900, 1, 1)  # before it there is no history, only a slip of the source
NON_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"
PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True)
class NormalizedSeries:
    """One answer, typed.

    Shape:  rows (m, key and fields) sorted by date; rejected (k, 4) as REJECTED; received = m + combined + k.
    """

    symbol: str
    rows: pl.DataFrame
    rejected: pl.DataFrame
    received: int

    @property
    def combined(self) -> int:
        """Rows that went into another row, as parts of one week."""
        return self.received - self.rows.height - self.rejected.height


def normalize_weekly(payload: bytes, *, symbol: str, fetched_at: datetime) -> NormalizedSeries:
    """Type one weekly adjusted answer.

    Shape:  bytes -> rows (m, 11): symbol, week_ending, price_date, the fields of WEEKLY_PRICES, is_complete_week.
    Units:  prices in the listing's currency, unadjusted unless the name says so; volume in shares.
    Raises: ContractError when a field the contract names is missing everywhere.
    Source: Alpha Vantage, TIME_SERIES_WEEKLY_ADJUSTED, captured answers of 2018 to 2026.
    """
    typed, rejected, received = _type_rows(payload, WEEKLY_PRICES, fetched_at)
    rows = (
        typed.rename({"row_date": "price_date"})
        .pipe(_add_week_ending)
        .pipe(_combine_parts_of_a_week)
        .pipe(_add_is_complete_week, symbol, fetched_at)
        .select(pl.lit(symbol).alias("symbol"), "week_ending", "price_date", *WEEKLY_PRICES.names, "is_complete_week")
    )
    return NormalizedSeries(symbol, rows, rejected, received)


def normalize_daily(payload: bytes, *, symbol: str, fetched_at: datetime) -> NormalizedSeries:
    """Type one daily answer.

    Shape:  bytes -> rows (m, 8): symbol, trade_date, the fields of DAILY_PRICES, is_complete_day.
    Units:  prices in the listing's currency, unadjusted; volume in shares.
    Raises: ContractError when a field the contract names is missing everywhere.
    Source: Alpha Vantage, TIME_SERIES_DAILY, captured answers of 2018 to 2026.
    """
    typed, rejected, received = _type_rows(payload, DAILY_PRICES, fetched_at)
    rows = typed.rename({"row_date": "trade_date"}).select(
        pl.lit(symbol).alias("symbol"),
        pl.all(),
        (pl.col("trade_date") <= last_closed_session(symbol, fetched_at)).alias("is_complete_day"),
    )
    return NormalizedSeries(symbol, rows.sort("trade_date"), rejected, received)


def _type_rows(
    payload: bytes, contract: SeriesContract, fetched_at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    raw = parse_rows(payload, contract).pipe(_add_is_clean, contract, fetched_at)
    kept = raw.filter("is_clean").pipe(_cast_to_contract, contract)
    return kept, raw.filter(~pl.col("is_clean")).pipe(_explain_rejected, contract), raw.height


def _add_is_clean(raw: pl.DataFrame, contract: SeriesContract, fetched_at: datetime) -> pl.DataFrame:
    # Nearly every row is clean, so one test asks whether, and only the others are asked why not.
    day = pl.col("row_date").str.extract(DATE).str.to_date(strict=False)
    last_day = (fetched_at + timedelta(days=1)).date()  # Sydney is a day ahead of UTC
    dated = raw.with_columns(
        day.alias("day"),
        (day.is_not_null() & ~day.is_first_distinct()).alias("is_repeated"),
        (~day.is_between(FIRST_DAY, last_day)).alias("is_out_of_time"),
    )
    rules = [is_broken for is_broken, _ in _rules(contract, is_why=False)]
    return dated.with_columns((~pl.any_horizontal(*rules)).fill_null(value=False).alias("is_clean"))


def _explain_rejected(raw: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    if raw.is_empty():
        return REJECTED.to_frame()
    # The first rule that is broken names the reason.
    reasons = (pl.when(is_broken).then(pl.lit(reason)) for is_broken, reason in _rules(contract, is_why=True))
    values = pl.struct(contract.names).struct.json_encode()
    shown_date = pl.col("row_date").str.replace_all(NUL, "", literal=True)
    return raw.select("row_number", shown_date, values.alias("raw_values"), pl.coalesce(reasons).alias("reason")).cast(
        REJECTED
    )


def _rules(contract: SeriesContract, *, is_why: bool) -> list[tuple[pl.Expr, str]]:
    numbers = (_number_rules(field.name, is_money=field.is_money, is_why=is_why) for field in contract.fields)
    return [
        (pl.col("day").is_null(), "malformed date"),
        (pl.col("is_out_of_time"), "date before 1900 or after the answer was fetched"),
        (pl.col("is_repeated"), "duplicate date: an earlier row of this answer has it"),
        *(rule for rules in numbers for rule in rules),
        *((_value(name) == 0, f"zero {name}") for name in contract.money if name != "dividend_amount"),
        (_value("high") < _value("low"), "high below low"),
    ]


def _number_rules(name: str, *, is_money: bool, is_why: bool) -> list[tuple[pl.Expr, str]]:
    text = pl.col(name)
    malformed = ~text.str.contains(NUMBER if is_money else WHOLE_NUMBER).fill_null(value=False)
    if not is_why:
        return [(malformed, "")]
    return [
        (text.is_null() | (text == ""), f"missing {name}"),
        (text.str.contains(NON_FINITE), f"non-finite {name}"),
        (text.str.contains(r"^-[0-9]"), f"negative {name}"),
        (malformed, f"malformed {name}"),
    ]


def _value(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)


def _cast_to_contract(raw: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    texts = [pl.col(name).str for name in contract.money]
    decimals = [(text.len_bytes() - 1 - text.find(".", literal=True)).max() for text in texts]
    scale = raw.select(pl.max_horizontal(*decimals).fill_null(0)).item() if raw.height else 0
    exact = pl.Decimal(MOST_DIGITS, scale)
    shares = [field.name for field in contract.fields if not field.is_money]
    return raw.select(
        pl.col("day").alias("row_date"),
        pl.col(contract.names).cast(exact),
    ).with_columns(pl.col(shares).cast(pl.Int64))


def _add_week_ending(typed: pl.DataFrame) -> pl.DataFrame:
    # weekday() is 1 on Monday: the Friday of the Monday-to-Sunday week, on every exchange.
    friday = pl.col("price_date") + pl.duration(days=5 - pl.col("price_date").dt.weekday())
    return typed.with_columns(friday.alias("week_ending"))


def _combine_parts_of_a_week(typed: pl.DataFrame) -> pl.DataFrame:
    # Around Christmas the source splits some Toronto weeks into two rows; together they are the week.
    sorted_rows = typed.sort("price_date")
    if sorted_rows["week_ending"].is_unique().all():
        return sorted_rows
    return sorted_rows.group_by("week_ending", maintain_order=True).agg(
        pl.col("price_date").last(),
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close", "adjusted_close").last(),
        pl.col("volume").sum(),
        pl.col("dividend_amount").sum(),
    )


def _add_is_complete_week(weeks: pl.DataFrame, symbol: str, fetched_at: datetime) -> pl.DataFrame:
    # Only an answer's newest week can be open.
    newest: date | None = weeks["price_date"].max()  # type: ignore[assignment]  # Polars cannot know the column's type
    is_open = newest is not None and not is_week_complete(symbol, newest, known_at=fetched_at)
    is_earlier = pl.col("price_date") < pl.col("price_date").max()
    return weeks.with_columns((is_earlier | pl.lit(not is_open)).alias("is_complete_week"))
