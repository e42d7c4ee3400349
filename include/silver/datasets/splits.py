"""Splits as the source lists them, and whatever else it lists among them: the day and the factor."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from include.alpha_vantage.client import ALPHA_VANTAGE
from include.silver.actions.ratios import find_listed_ratio
from include.silver.dataset import TICKERS_OF_SMALL_PAYLOADS, Dataset
from include.silver.lists import SPLITS, SPLITS_TABLE
from include.silver.normalize import NormalizedSeries, RawSeries, read_series, type_series
from include.silver.schema import DAYS_AHEAD, EXACT, Field, SeriesContract

LISTED_SPLITS = SeriesContract(
    SPLITS,
    (Field("listed_factor", "split_factor", "split_factor"),),
    required="listed_factor",
    date_name="effective_date",
    days_ahead=DAYS_AHEAD,
)
RATIO = pl.Schema((("listed_factor", EXACT), ("split_to", pl.Int64), ("split_from", pl.Int64)))


def type_splits(payloads: Sequence[RawSeries]) -> list[NormalizedSeries]:
    """Type SPLITS payloads.

    Shape:  -> for each payload its rows (m, 5): symbol, ex_date, listed_factor; split_to and split_from, null where the
            factor is of no family of split ratios (a spin-off).
    Units:  new shares for one old share.
    Source: Alpha Vantage, SPLITS, a captured payload of 2026: four decimals; the day is the first in new shares.
    """
    return type_series(payloads, LISTED_SPLITS, _to_splits)


def _to_splits(typed: pl.DataFrame) -> pl.DataFrame:
    factors = typed["listed_factor"].unique()
    ratios = [(factor, found) for factor in factors if (found := find_listed_ratio(factor))]
    family = pl.DataFrame([(factor, found.new, found.old) for factor, found in ratios], schema=RATIO, orient="row")
    return (
        typed.join(family, on="listed_factor", how="left")
        .select("payload", pl.col("day").alias("ex_date"), "split_to", "split_from", "listed_factor")
        .sort("payload", "ex_date")
    )


DATASET = Dataset(
    source=ALPHA_VANTAGE,
    function=SPLITS,
    budget_rank=3,
    table=SPLITS_TABLE,
    read=partial(read_series, LISTED_SPLITS),
    type_all=type_splits,
    tickers_per_task=TICKERS_OF_SMALL_PAYLOADS,
)
