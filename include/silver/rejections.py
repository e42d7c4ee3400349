"""Which rows and fields of a payload can be believed, and why not the others.

A believable date and close make a row; a row without them is rejected. Of a row that is kept, any other field that
cannot be is rejected alone: it is null. Whatever is rejected has a reason.
"""

from collections.abc import Iterable
from datetime import date

import polars as pl

from include.silver.schema import EXACT, LIMIT, NUL, NULL_WORDS, REJECTED, SeriesContract

# The source once put a clock time behind the date of its newest row.
# Digits are spelt out, for \d would also take those of other scripts.
DATE = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?$"
FIRST_DAY = date(1900, 1, 1)  # before it there is no history, only a slip of the source
NON_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"
DIGITS = r"^[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,9})?$"
BLANKS = " \t\r\n"
OUT_OF_TIME = "date before 1900 or after the payload was fetched"
REPEATED = "duplicate date: another row of this payload has it"
MAY_BE_ZERO = frozenset({"volume", "dividend_amount"})


def add_values(raw: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    """Add what can be believed of each row.

    Shape:  (n, payload, last_day, row_date and the fields as text) -> the same and day, the date as a date;
            value_of(field), exact or a day, null where it cannot be believed; is_out_of_time, is_repeated, is_kept;
            has_rejected_fields, which says something of kept rows only. `payload` numbers the payloads, last_day is the
            last that a row of it may name.
    """
    values = _believe(_read_numbers(raw, contract), contract)
    fields = [pl.col(value_of(name)) for name in contract.names]
    is_believable = ~pl.col("is_out_of_time") & pl.col(value_of(contract.required)).is_not_null()
    dates = [day_of(pl.col(field.name)).alias(value_of(field.name)) for field in contract.dates]
    return (
        pl.concat([raw, values], how="horizontal")
        .with_columns(dates)
        .with_columns(day_of(pl.col("row_date")).alias("day"))
        .with_columns((~pl.col("day").is_between(FIRST_DAY, pl.col("last_day"))).alias("is_out_of_time"))
        .with_columns(
            is_believable.fill_null(value=False).alias("is_believable"),
            pl.any_horizontal(*(field.is_null() for field in fields), *_malformed_dates(contract)).alias(
                "has_rejected_fields"
            ),
        )
        .pipe(_keep_one_row_of_a_day, map(value_of, contract.texts) if contract.has_several_a_day else ())
    )


def value_of(name: str) -> str:
    """The column that holds a field as a number, beside its text."""
    return f"{name}_value"


def explain_rejected(checked: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    """Name the first rule that each rejected row, and each rejected field of a kept row, breaks.

    Shape:  rows as `add_values` leaves them -> (k, payload and REJECTED), sorted by row.
    """
    doubtful = checked.filter(~pl.col("is_kept") | pl.col("has_rejected_fields"))
    numbers = _read_numbers(doubtful, contract).rename(lambda column: f"{column}_read")
    explained = pl.concat([doubtful, numbers], how="horizontal")
    row_reasons = (
        pl.when(pl.col("day").is_null()).then(pl.lit("malformed date")),
        pl.when("is_out_of_time").then(pl.lit(OUT_OF_TIME)),
        pl.when("is_repeated").then(pl.lit(REPEATED)),
        _explain_field(contract.required),
    )
    rows = explained.filter(~pl.col("is_kept")).with_columns(
        pl.lit(None, pl.String).alias("field"), pl.coalesce(row_reasons).alias("reason")
    )
    fields = [
        explained.filter(pl.col("is_kept") & pl.col(value_of(name)).is_null()).with_columns(
            pl.lit(name).alias("field"), _explain_field(name).alias("reason")
        )
        for name in contract.names
    ] + [
        explained.filter(pl.col("is_kept") & is_malformed).with_columns(
            pl.lit(field.name).alias("field"), pl.lit(f"malformed {field.name}").alias("reason")
        )
        for field, is_malformed in zip(contract.dates, _malformed_dates(contract), strict=True)
    ]
    shown_date = pl.col("row_date").str.replace_all(NUL, "", literal=True)
    raw_values = pl.struct(contract.texts).struct.json_encode().alias("raw_values")
    return (
        pl.concat([rows, *fields])
        .select("payload", "row_number", "field", shown_date, raw_values, "reason")
        .cast(pl.Schema({"payload": pl.UInt32} | dict(REJECTED)))
        .sort("payload", "row_number", maintain_order=True)
    )


def reject(raw: pl.DataFrame, contract: SeriesContract, reason: str) -> pl.DataFrame:
    """Reject rows that could be typed, for a reason that lies in the series.

    Shape:  rows as `parse_rows` finds them -> (k, as REJECTED).
    """
    values = pl.struct(contract.names).struct.json_encode().alias("raw_values")
    field = pl.lit(None, pl.String).alias("field")
    return raw.select("row_number", field, "row_date", values, pl.lit(reason).alias("reason")).cast(REJECTED)


def keep_rejected_dates(rejected: pl.DataFrame) -> pl.DataFrame:
    """Keep the whole rows that say nothing that can be believed; not fields, and not repetitions of another row's day.

    Shape:  REJECTED -> the same and day, null where even that cannot be believed.
    """
    believed = pl.when(pl.col("reason") != OUT_OF_TIME).then(day_of(pl.col("row_date")))
    is_unreadable = pl.col("field").is_null() & (pl.col("reason") != REPEATED)
    return rejected.filter(is_unreadable).with_columns(believed.alias("day"))


def day_of(text: pl.Expr) -> pl.Expr:
    """The day that a row's date names; null where it names none."""
    return text.str.extract(DATE).str.to_date(strict=False)


def _read_numbers(raw: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    # The cast reads signs, exponents and any decimals, rounds half to even, and leaves null what is no number.
    texts = raw.select(pl.col(name).alias(value_of(name)) for name in contract.names)
    numbers = texts.cast(EXACT, strict=False)
    if numbers.null_count().equals(texts.null_count()):
        return numbers
    return texts.select(pl.all().str.strip_chars(BLANKS).cast(EXACT, strict=False))


def _believe(numbers: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    has_range = {"high", "low"} <= set(contract.names)
    is_in_order = pl.col(value_of("high")) >= pl.col(value_of("low")) if has_range else pl.lit(value=True)
    # Nearly always all is well, which is seen faster than it is put right.
    is_well = pl.all_horizontal(is_in_order, *(_is_possible(name) for name in contract.names))
    if numbers.select(is_well.all(ignore_nulls=False)).item():
        return numbers
    possible = numbers.select(pl.when(_is_possible(name)).then(value_of(name)) for name in contract.names)
    return possible.with_columns(*_believable_range()) if has_range else possible


def _believable_range() -> list[pl.Expr]:
    # Of a high below the low, the one on the wrong side of the close cannot be: both, where the close lies between.
    high, low, close = (pl.col(value_of(name)) for name in ("high", "low", "close"))
    is_upside_down = high < low
    return [
        pl.when((is_upside_down & (close > high)).fill_null(value=False)).then(None).otherwise(high).name.keep(),
        pl.when((is_upside_down & (close < low)).fill_null(value=False)).then(None).otherwise(low).name.keep(),
    ]


def _is_possible(name: str) -> pl.Expr:
    value = pl.col(value_of(name))
    return (value >= 0 if name in MAY_BE_ZERO else value > 0) & (value < LIMIT)


def _malformed_dates(contract: SeriesContract) -> list[pl.Expr]:
    # A day that is not known is no day that cannot be read.
    texts = ((pl.col(field.name).str.strip_chars(BLANKS), value_of(field.name)) for field in contract.dates)
    return [(~text.is_in(NULL_WORDS)).fill_null(value=False) & pl.col(value).is_null() for text, value in texts]


def _keep_one_row_of_a_day(checked: pl.DataFrame, told_apart_by: Iterable[str]) -> pl.DataFrame:
    # The first that can be believed; the others of its day are repetitions, whatever they say.
    values = tuple(told_apart_by)
    is_first = pl.struct("day", "is_believable", *values).is_first_distinct().over("payload")
    kept = checked.with_columns((pl.col("is_believable") & is_first).alias("is_kept"))
    if kept["is_kept"].all():
        return kept.with_columns(pl.lit(value=False).alias("is_repeated"))
    return kept.with_columns(
        (~pl.col("is_kept") & pl.col("is_kept").any().over("payload", "day", *values))
        .fill_null(value=False)
        .alias("is_repeated")
    )


def _explain_field(name: str) -> pl.Expr:
    text, number = pl.col(name).str.strip_chars(BLANKS), pl.col(f"{value_of(name)}_read")
    reasons = [
        (text.is_null() | text.is_in(NULL_WORDS), f"missing {name}"),
        (text.str.contains(NON_FINITE), f"non-finite {name}"),
        (number < 0, f"negative {name}"),
        ((number >= LIMIT) | (number.is_null() & text.str.contains(DIGITS)), f"too large {name}"),
        (number.is_null(), f"malformed {name}"),
        (number == 0 if name not in MAY_BE_ZERO else pl.lit(value=False), f"zero {name}"),
        (pl.lit(name in {"high", "low"}), "high below low"),
    ]
    return pl.coalesce(pl.when(is_broken).then(pl.lit(reason)) for is_broken, reason in reasons)
