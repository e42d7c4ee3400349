"""Payload to typed frame: pure Polars. Every row received is kept, combined with its week, or rejected; of a row that
is kept, a field that cannot be believed is rejected alone.

Many payloads are typed in one frame, which costs a third of typing them one by one; each comes out as if it were alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from include.bronze.keys import BronzeKey
from include.silver.parse import parse_rows
from include.silver.rejections import add_values, explain_rejected, keep_rejected_dates, value_of
from include.silver.schema import EXACT, MOST_DIGITS, REJECTED, USUAL_DECIMALS, SeriesContract


@dataclass(frozen=True)
class RawSeries:
    """One payload, read: its rows as `parse_rows` finds them, still text."""

    key: BronzeKey
    rows: pl.DataFrame


@dataclass(frozen=True)
class NormalizedSeries:
    """One payload, typed.

    Shape:  rows (m, key and fields) sorted by date; rejected as REJECTED, k of them whole rows;
            received = m + combined + k.
    """

    key: BronzeKey
    rows: pl.DataFrame
    rejected: pl.DataFrame
    received: int
    raw: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)  # as `parse_rows` found them
    newest_day: date | None = None  # of which a row is kept
    required: str = "close"  # the field without which a row says nothing

    @property
    def symbol(self) -> str:
        """The ticker."""
        return self.key.symbol

    @property
    def rejected_rows(self) -> int:
        """Rows that were rejected as a whole."""
        return self.rejected["field"].null_count()

    @property
    def rejected_dates(self) -> list[date | None]:
        """The days of which the payload said nothing that can be believed; None for an unreadable day."""
        return keep_rejected_dates(self.rejected)["day"].to_list() if self.rejected.height else []


def read_series(contract: SeriesContract, payload: bytes, key: BronzeKey) -> RawSeries:
    """Read one payload of a series.

    Raises: ContractError when a field the contract names is missing everywhere.
    """
    return RawSeries(key, parse_rows(payload, contract))


def type_series(
    payloads: Sequence[RawSeries], contract: SeriesContract, to_rows: Callable[[pl.DataFrame], pl.DataFrame]
) -> list[NormalizedSeries]:
    """Type payloads of a series, and give each its typed rows back, and its rejected ones.

    Shape:  `to_rows` makes the table's rows of those that can be believed: (n, payload, day, the fields as exact
            decimals, has_rejected_fields) -> (m, payload, key and fields) -> one series per payload.
    """
    checked = add_values(_concat_rows(payloads, contract), contract)
    typed = to_rows(_cast_to_contract(checked, contract))
    rows_of = typed.partition_by("payload", as_dict=True, include_key=False)
    rejected_of = explain_rejected(checked, contract).partition_by("payload", as_dict=True, include_key=False)
    newest_of = dict(checked.filter("is_kept").group_by("payload").agg(pl.col("day").max()).iter_rows())
    nothing = typed.clear().drop("payload")
    return [
        NormalizedSeries(
            payload.key,
            _shorten(rows_of.get((number,), nothing), contract).select(
                pl.lit(payload.key.symbol).alias("symbol"), pl.all()
            ),
            rejected_of.get((number,), REJECTED.to_frame()),
            payload.rows.height,
            payload.rows,
            newest_of.get(number),
            contract.required,
        )
        for number, payload in enumerate(payloads)
    ]


def of_payload(values: Sequence[date]) -> pl.Expr:
    """The date that belongs to each payload, beside its rows."""
    return pl.col("payload").replace_strict(range(len(values)), values, return_dtype=pl.Date)


def _concat_rows(payloads: Sequence[RawSeries], contract: SeriesContract) -> pl.DataFrame:
    ahead = timedelta(days=contract.days_ahead)
    last_days = ((payload.key.fetched_at + ahead).date() for payload in payloads)
    return pl.concat(
        payload.rows.with_columns(pl.lit(number, pl.UInt32).alias("payload"), pl.lit(last_day).alias("last_day"))
        for number, (payload, last_day) in enumerate(zip(payloads, last_days, strict=True))
    )


def _cast_to_contract(checked: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    kept = checked if checked["is_kept"].all() else checked.filter("is_kept")
    values = (pl.col(value_of(name)).alias(name) for name in contract.texts)
    return kept.select("payload", "day", *values, "has_rejected_fields")


def _shorten(rows: pl.DataFrame, contract: SeriesContract) -> pl.DataFrame:
    # Four decimals and whole shares where a payload has no more: half the text to write, and as the source prints.
    for is_money, decimals in ((True, USUAL_DECIMALS), (False, 0)):
        exact = rows.select(field.name for field in contract.fields if field.is_money is is_money)
        short = exact.cast(pl.Decimal(MOST_DIGITS, decimals))
        if short.cast(EXACT).equals(exact):
            rows = rows.with_columns(short)
    return rows
