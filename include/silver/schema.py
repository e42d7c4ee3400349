"""The contract of silver: each column's name at the source, its type and its unit have their home here."""

from dataclasses import dataclass

import polars as pl

from include.alpha_vantage.functions import AlphaVantageFunction

# Prices come with four decimals; a listing may have more. No listing has more than ten.
MOST_DECIMALS = 10
MOST_DIGITS = 38
USUAL_DECIMALS = 4  # as the source prints
WHOLE = frozenset({"volume"})  # in shares
LIMIT = 10**20  # no price and no volume is as large; sums of such numbers still fit
EXACT = pl.Decimal(MOST_DIGITS, MOST_DECIMALS)  # holds every price, dividend and volume to the last digit
DAYS_AHEAD = 366  # that a dividend or a split is announced before it takes effect
NUL = "\x00"  # the one character that no text of Postgres can hold


@dataclass(frozen=True)
class Field:
    """A column of silver and the names it has in the source's JSON and CSV."""

    name: str
    json_name: str
    csv_name: str
    is_money: bool = True


@dataclass(frozen=True)
class SeriesContract:
    """What the rows of a function hold.

    Rows are named by their date; where they come as a list, `date_name` is the field that holds it. A row without a
    believable `required` field says nothing. `dates` are days beside the numbers, null where not known. Where a day may
    have several rows, only one that says the same in all fields repeats another.
    Units:  `days_ahead` of the fetch that a row may name.
    """

    function: AlphaVantageFunction
    fields: tuple[Field, ...]
    required: str = "close"
    date_name: str | None = None
    dates: tuple[Field, ...] = ()
    has_several_a_day: bool = False
    days_ahead: int = 1  # Sydney is ahead of UTC

    @property
    def names(self) -> tuple[str, ...]:
        """The numbers, by their names in silver."""
        return tuple(field.name for field in self.fields)

    @property
    def texts(self) -> tuple[str, ...]:
        """All fields that a payload is read for, by their names in silver."""
        return (*self.names, *(field.name for field in self.dates))


PRICE_FIELDS = (
    Field("open", "1. open", "open"),
    Field("high", "2. high", "high"),
    Field("low", "3. low", "low"),
    Field("close", "4. close", "close"),
)

# A rejected row, or a rejected field of a row that is kept; `field` is null for a whole row.
REJECTED = pl.Schema(
    {
        "row_number": pl.Int64,
        "field": pl.String,
        "row_date": pl.String,
        "raw_values": pl.String,
        "reason": pl.String,
    }
)

# How the source writes "not known".
NULL_WORDS = frozenset({"None", "-", "", "null", "N/A"})


def to_exact(value: pl.Expr) -> pl.Expr:
    """A computed number as an exact one; null where it is larger than any price."""
    return pl.when(value.abs() < LIMIT).then(value).round(MOST_DECIMALS).cast(EXACT)


def write_decimals(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each decimal the places that it needs: at least four, as the source prints money, and none for shares.

    A frame has one scale for a column, which its longest number decides: a price beside a retained week would else be
    written otherwise than alone. A column whose numbers differ in that becomes text.
    """
    names = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Decimal)]
    return rows.with_columns(_shorten(rows[name], 0 if name in WHOLE else USUAL_DECIMALS) for name in names)


def _shorten(values: pl.Series, places: int) -> pl.Series:
    short = values.cast(pl.Decimal(MOST_DIGITS, places))
    if short.cast(values.dtype).equals(values):
        return short
    needless_zeros = rf"^(.*\.\d{{{places}}}\d*?)0+$" if places else r"^(.*?)\.?0+$"
    return values.cast(pl.String).str.replace(needless_zeros, "$1")
