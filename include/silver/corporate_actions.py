"""Dividends, splits and spin-offs of a weekly series, inferred from the jump of adjusted over raw close.

Alpha Vantage adjusts with the close of the ex-date: from one week to the next the factor a ÷ c grows by
g = S × (1 + D ÷ close of the ex-date). That close lies within the week's low and high, so the identity is an interval.
"""

from math import gcd

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from include.silver.schema import EXACT

# The source rounds the adjusted close to four decimals: half a unit in each of two weeks, with 2 % to spare.
ROUNDING = 1.02 * 5e-5
FLOAT_NOISE = 1e-9
UNSURE_WIDTH = 0.01  # a wider interval accepts nearly any ratio
SPECIAL_SHARE = 0.05  # of the previous close; the largest regular dividend seen is 1.6 %
MIXED_JUMP = 0.02
FACTOR_DECIMALS = 12


def _split_ratios() -> pl.DataFrame:
    usual = [(p, q) for q in range(1, 11) for p in range(1, 101) if gcd(p, q) == 1 and not 4 / 5 < p / q < 5 / 4]
    merged = [(1, q) for q in range(11, 101)]  # penny stocks merge 20, 50 or 100 shares into one
    ratios = [(p / q, p + q) for p, q in usual + merged]
    return pl.DataFrame(ratios, schema={"ratio": pl.Float64, "terms": pl.Int64}, orient="row")


SPLIT_RATIOS = _split_ratios()
ACTIONS: dict[str, DataType | DataTypeClass] = {
    "split_factor": pl.Float64,
    "other_factor": pl.Float64,
    "dividend_per_share": EXACT,
    "is_special_dividend": pl.Boolean,
    "is_action_unsure": pl.Boolean,
    "is_mixed_scale": pl.Boolean,
}


def add_corporate_actions(series: pl.DataFrame) -> pl.DataFrame:
    """Add what happened to the share in each week of one or many symbols' series.

    Shape:  (n, …) sorted by week_ending within each symbol, with open, high, low, close, adjusted_close and
            received_adjusted_close (of a carried week, else null) and dividend_amount -> ACTIONS added.
    Units:  split_factor and other_factor as new shares per old share, 1 where nothing happened;
            dividend_per_share in the listing's currency for a share of that day, null where no reading of it fits.
    """
    measured = series.with_row_index("row").pipe(_add_measures)
    return (
        measured.pipe(_add_split_factor)
        .pipe(_add_dividend_per_share)
        .pipe(_add_other_factor)
        .pipe(_add_flags)
        .select(*series.columns, *ACTIONS)
    )


def _add_measures(series: pl.DataFrame) -> pl.DataFrame:
    adjusted = pl.col("adjusted_close").cast(pl.Float64)
    factor = adjusted / pl.col("close").cast(pl.Float64)
    # A carried week was rounded before it was rescaled, and so was the jump from it to the next; what it was rescaled
    # by was rounded too, so it counts twice.
    received = pl.col("received_adjusted_close").cast(pl.Float64)
    scale = (2 * adjusted / received).fill_null(1.0)
    scale_before, adjusted_before = scale.shift(1).over("symbol"), adjusted.shift(1).over("symbol")
    widest = pl.max_horizontal(scale, scale_before)
    rounding = widest / adjusted + widest / adjusted_before
    return series.with_columns(
        pl.col("open", "high", "low", "close", "dividend_amount").cast(pl.Float64).name.prefix("_"),
        pl.col("close").cast(pl.Float64).shift(1).over("symbol").alias("_previous_close"),
        (factor / factor.shift(1).over("symbol")).alias("_jump"),
        (ROUNDING * rounding + FLOAT_NOISE).alias("_epsilon"),
    )


def _explains(split: pl.Expr, dividend: pl.Expr) -> pl.Expr:
    """Whether a split and a dividend together explain the jump, wherever in the week the ex-date close lay."""
    at_least = split * (1 + dividend / pl.col("_high")) * (1 - pl.col("_epsilon"))
    at_most = split * (1 + dividend / pl.col("_low")) * (1 + pl.col("_epsilon"))
    return pl.col("_jump").is_between(at_least, at_most)


def _add_split_factor(measured: pl.DataFrame) -> pl.DataFrame:
    # Null is "1 does not fit, and no simple ratio does": left to the other readings below.
    none = pl.lit(1.0)
    dividend = pl.col("_dividend_amount")
    unexplained = measured.filter(pl.col("_jump").is_not_null() & ~_explains(none, dividend))
    splits = (
        unexplained.join(SPLIT_RATIOS, how="cross")
        .filter(_explains(pl.col("ratio"), dividend))
        .sort("row", "terms")
        .unique("row", keep="first", maintain_order=True)
        .select("row", pl.col("ratio").alias("split_factor"))
    )
    return measured.join(splits, on="row", how="left", maintain_order="left").with_columns(
        pl.col("split_factor").fill_null(1.0), pl.col("split_factor").is_not_null().alias("_is_split")
    )


def _add_dividend_per_share(measured: pl.DataFrame) -> pl.DataFrame:
    # Some listings (Toronto) state old dividends in today's shares: then the later splits undo it.
    later_splits = pl.col("split_factor").shift(-1, fill_value=1.0).cum_prod(reverse=True).over("symbol")
    as_received = pl.col("_dividend_amount")
    in_shares_of_that_day = as_received * later_splits
    split = pl.col("split_factor")
    is_first = pl.col("_jump").is_null()
    return measured.with_columns(
        pl.when(is_first | _explains(split, as_received))
        .then(pl.col("dividend_amount").cast(EXACT))
        .when(_explains(split, in_shares_of_that_day))
        .then(in_shares_of_that_day.cast(EXACT))
        .alias("dividend_per_share")
    )


def _add_other_factor(measured: pl.DataFrame) -> pl.DataFrame:
    is_other = pl.col("dividend_per_share").is_null()
    with_dividend = pl.col("_jump") / (1 + pl.col("_dividend_amount") / pl.col("_close"))
    return measured.with_columns(
        pl.when(is_other).then(with_dividend).otherwise(1.0).round(FACTOR_DECIMALS).alias("other_factor"),
        # What the other factor leaves for the dividend is the dividend as received.
        pl.when(is_other & (pl.col("_dividend_amount") == 0))
        .then(pl.col("dividend_amount").cast(EXACT))
        .otherwise(pl.col("dividend_per_share"))
        .alias("dividend_per_share"),
    )


def _add_flags(measured: pl.DataFrame) -> pl.DataFrame:
    dividend = pl.col("dividend_per_share").cast(pl.Float64).fill_null(pl.col("_dividend_amount"))
    highest = (1 + dividend / pl.col("_low")) * (1 + pl.col("_epsilon"))
    lowest = (1 + dividend / pl.col("_high")) * (1 - pl.col("_epsilon"))
    gap = pl.col("_open") / pl.col("_previous_close")
    is_on_two_scales = (gap * pl.col("_jump")).log().abs() >= gap.log().abs()
    return measured.with_columns(
        pl.col("split_factor").round(FACTOR_DECIMALS),
        (dividend > SPECIAL_SHARE * pl.col("_previous_close")).fill_null(value=False).alias("is_special_dividend"),
        (highest / lowest - 1 > UNSURE_WIDTH).fill_null(value=False).alias("is_action_unsure"),
        (((pl.col("_jump") - 1).abs() > MIXED_JUMP) & is_on_two_scales).fill_null(value=False).alias("is_mixed_scale"),
    )
