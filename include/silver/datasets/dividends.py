"""Dividends as the source lists them: the ex-date, the amount, and the days around it as far as they are known."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from include.alpha_vantage.client import ALPHA_VANTAGE
from include.silver.dataset import TICKERS_OF_SMALL_PAYLOADS, Dataset
from include.silver.lists import DAYS, DIVIDENDS, DIVIDENDS_TABLE
from include.silver.normalize import NormalizedSeries, RawSeries, read_series, type_series
from include.silver.schema import DAYS_AHEAD, Field, SeriesContract

LISTED_DIVIDENDS = SeriesContract(
    DIVIDENDS,
    (Field("amount", "amount", "amount"),),
    required="amount",
    date_name="ex_dividend_date",
    dates=tuple(Field(name, name, name) for name in DAYS),
    has_several_a_day=True,
    days_ahead=DAYS_AHEAD,
)


def type_dividends(payloads: Sequence[RawSeries]) -> list[NormalizedSeries]:
    """Type DIVIDENDS payloads; payments of one ex-date are combined.

    Shape:  -> for each payload its rows (m, 6): symbol, ex_date, amount, and DAYS, null where not known or not one.
    Units:  amount in the listing's currency per share, of that day or of today, as the source has it.
    Source: Alpha Vantage, DIVIDENDS, a captured payload of 2026: "None" is not known.
    """
    return type_series(payloads, LISTED_DIVIDENDS, _combine_payments_of_a_day)


def _combine_payments_of_a_day(typed: pl.DataFrame) -> pl.DataFrame:
    only_day = (
        pl.when(pl.col(name).drop_nulls().n_unique() == 1).then(pl.col(name).drop_nulls().first()) for name in DAYS
    )
    return (
        typed.group_by("payload", pl.col("day").alias("ex_date"))
        .agg(pl.col("amount").sum(), *(day.alias(name) for name, day in zip(DAYS, only_day, strict=True)))
        .sort("payload", "ex_date")
    )


DATASET = Dataset(
    source=ALPHA_VANTAGE,
    function=DIVIDENDS,
    budget_rank=4,
    table=DIVIDENDS_TABLE,
    read=partial(read_series, LISTED_DIVIDENDS),
    type_all=type_dividends,
    tickers_per_task=TICKERS_OF_SMALL_PAYLOADS,
)
