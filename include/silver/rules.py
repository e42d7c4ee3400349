"""Which rows of an answer can be believed, and why not the others: every row is kept or rejected with a reason."""

from datetime import date

import polars as pl

from include.silver.schema import MOST_DECIMALS, NUL, REJECTED, SeriesContract

# The source once put a clock time behind the date of its newest row.
# Digits are spelt out, for \d would also take those of other scripts.
DATE = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?$"
NUMBER = rf"^[0-9]{{1,20}}(?:\.[0-9]{{1,{MOST_DECIMALS}}})?$"
WHOLE_NUMBER = r"^[0-9]{1,18}(?:\.0+)?$"
FIRST_DAY = date(1900, 1, 1)  # before it there is no history, only a slip of the source
NON_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"
OUT_OF_TIME = "date before 1900 or after the answer was fetched"
REPEATED = "duplicate date: an earlier row of this answer has it"


def add_is_clean(raw: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    """Add `day`, the date as a date, and `is_clean`.

    Shape:  (n, answer, last_day, row_date and the fields as text) -> the same and day, is_repeated, is_out_of_time,
            is_clean; `answer` numbers the answers, last_day is the last that a row of it may name.
    """
    # Nearly every row is clean, so one test asks whether, and only the others are asked why not.
    day = day_of(pl.col("row_date"))
    dated = raw.with_columns(day.alias("day")).with_columns(
        (pl.col("day").is_not_null() & ~pl.col("day").is_first_distinct().over("answer")).alias("is_repeated"),
        (~pl.col("day").is_between(FIRST_DAY, pl.col("last_day"))).alias("is_out_of_time"),
    )
    rules = [is_broken for is_broken, _ in _rules(contract, is_why=False)]
    return dated.with_columns((~pl.any_horizontal(*rules)).fill_null(value=False).alias("is_clean"))


def explain_rejected(checked: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    """Name the first rule that each unclean row breaks.

    Shape:  rows as `add_is_clean` leaves them -> (k, answer and REJECTED).
    """
    # The first rule that is broken names the reason.
    reasons = (pl.when(is_broken).then(pl.lit(reason)) for is_broken, reason in _rules(contract, is_why=True))
    values = pl.struct(contract.names).struct.json_encode()
    shown_date = pl.col("row_date").str.replace_all(NUL, "", literal=True)
    return (
        checked.filter(~pl.col("is_clean"))
        .select("answer", "row_number", shown_date, values.alias("raw_values"), pl.coalesce(reasons).alias("reason"))
        .cast(pl.Schema({"answer": pl.UInt32} | dict(REJECTED)))
    )


def reject(raw: pl.DataFrame, contract: SeriesContract, reason: str) -> pl.DataFrame:
    """Reject rows that could be typed, for a reason that lies in the series.

    Shape:  rows as `parse_rows` finds them -> (k, as REJECTED).
    """
    values = pl.struct(contract.names).struct.json_encode().alias("raw_values")
    return raw.select("row_number", "row_date", values, pl.lit(reason).alias("reason")).cast(REJECTED)


def unreadable_days(rejected: pl.DataFrame) -> list[date | None]:
    """The days of which an answer said something that cannot be believed; None where even the day cannot.

    Shape:  REJECTED -> one entry per row that is not just a repetition.
    """
    believed = pl.when(pl.col("reason") != OUT_OF_TIME).then(day_of(pl.col("row_date")))
    return rejected.filter(pl.col("reason") != REPEATED).select(believed).to_series().to_list()


def day_of(text: pl.Expr) -> pl.Expr:
    """The day that a row's date names; null where it names none."""
    return text.str.extract(DATE).str.to_date(strict=False)


def _rules(contract: SeriesContract, *, is_why: bool) -> list[tuple[pl.Expr, str]]:
    numbers = (_number_rules(field.name, is_money=field.is_money, is_why=is_why) for field in contract.fields)
    return [
        (pl.col("day").is_null(), "malformed date"),
        (pl.col("is_out_of_time"), OUT_OF_TIME),
        (pl.col("is_repeated"), REPEATED),
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
