"""The contract of silver: each column's name at the source, its type and its unit have their home here."""

from dataclasses import dataclass

import polars as pl

from include.alpha_vantage.functions import Function

# Prices come with four decimals; a listing may have more. Money beyond ten decimals is not money.
MOST_DECIMALS = 10
MOST_DIGITS = 38
USUAL_DECIMALS = 4  # as the source prints
LIMIT = 10**20  # no price and no volume is as large; sums of such numbers still fit
EXACT = pl.Decimal(MOST_DIGITS, MOST_DECIMALS)  # holds every price, dividend and volume to the last digit
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
    """What the rows of a function hold."""

    function: Function
    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All fields, by their names in silver."""
        return tuple(field.name for field in self.fields)

    @property
    def money(self) -> tuple[str, ...]:
        """The columns in the listing's currency, exact decimals."""
        return tuple(field.name for field in self.fields if field.is_money)


_PRICES = (
    Field("open", "1. open", "open"),
    Field("high", "2. high", "high"),
    Field("low", "3. low", "low"),
    Field("close", "4. close", "close"),
)

WEEKLY_PRICES = SeriesContract(
    Function.WEEKLY_ADJUSTED,
    (
        *_PRICES,
        Field("adjusted_close", "5. adjusted close", "adjusted close"),
        Field("volume", "6. volume", "volume", is_money=False),
        Field("dividend_amount", "7. dividend amount", "dividend amount"),
    ),
)
DAILY_PRICES = SeriesContract(
    Function.DAILY,
    (*_PRICES, Field("volume", "5. volume", "volume", is_money=False)),
)

# What a weekly row consists of, beside its key and where it came from.
WEEKLY_COLUMNS = (
    "price_date",
    "open",
    "high",
    "low",
    "close",
    "adjusted_close",
    "received_adjusted_close",
    "inferred_adjusted_close",
    "volume",
    "dividend_amount",
    "split_factor",
    "other_factor",
    "dividend_per_share",
    "is_special_dividend",
    "is_action_unsure",
    "is_mixed_scale",
    "is_carried",
    "is_complete_week",
    "is_accepted",
    "has_rejected_fields",
)
DAILY_COLUMNS = ("open", "high", "low", "close", "volume", "is_complete_day", "has_rejected_fields")

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

OVERVIEW_FIELDS = {
    "company_name": "Name",
    "asset_type": "AssetType",
    "exchange": "Exchange",
    "currency": "Currency",
    "country": "Country",
    "sector": "Sector",
    "industry": "Industry",
    "description": "Description",
    "fiscal_year_end": "FiscalYearEnd",
    "latest_quarter": "LatestQuarter",
    "market_capitalization": "MarketCapitalization",
    "shares_outstanding": "SharesOutstanding",
}
OVERVIEW_COLUMNS = tuple(OVERVIEW_FIELDS)
# How the source writes "not known".
NULL_WORDS = frozenset({"None", "-", "", "null", "N/A"})


def to_exact(value: pl.Expr) -> pl.Expr:
    """A computed number as an exact one; null where it is larger than any price."""
    return pl.when(value.abs() < LIMIT).then(value).round(MOST_DECIMALS).cast(EXACT)
