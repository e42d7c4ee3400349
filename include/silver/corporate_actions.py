"""Dividends, splits and spin-offs of a weekly series, inferred from the jump of adjusted over raw close.

Alpha Vantage adjusts with the close of the ex-date: from one week to the next the factor a ÷ c grows by
g = S × (1 + D ÷ close of the ex-date). That close lies within the week's low and high, so the identity is an interval.
"""

from math import gcd

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from include.silver.schema import EXACT, to_exact

# The source rounds the adjusted close to four decimals: half a unit in each of two weeks, with 2 % to spare.
ROUNDING = 1.02 * 5e-5
FLOAT_NOISE = 1e-9
UNSURE_WIDTH = 0.01  # a wider interval accepts nearly any ratio
SPECIAL_SHARE = 0.05  # of the previous close; the largest regular dividend seen is 1.6 %
MIXED_JUMP = 0.02
FACTOR_DECIMALS = 12
REACH = 1.2  # where the high or the low of a week is not known, the ex-date close was within this of the close
MOST_UNKNOWN_DIVIDEND = 0.2  # of the close; a larger jump is something else than a dividend of unknown amount


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
            received_adjusted_close (of a retained week, else null) and dividend_amount; all but close may be null
            -> inferred_adjusted_close and ACTIONS added.
    Units:  split_factor and other_factor as new shares per old share, 1 where nothing happened;
            dividend_per_share in the listing's currency for a share of that day, null where no reading of it fits or
            the amount is not known; inferred_adjusted_close only where adjusted_close is null.
    """
    measured = series.with_row_index("row").pipe(_add_inferred_adjusted_close).pipe(_add_measures)
    return (
        measured.pipe(_add_split_factor)
        .pipe(_add_dividend_per_share)
        .pipe(_add_other_factor)
        .pipe(_add_flags)
        .select(*series.columns, "inferred_adjusted_close", *ACTIONS)
    )


def _add_inferred_adjusted_close(series: pl.DataFrame) -> pl.DataFrame:
    missing = pl.col("adjusted_close").is_null()
    if not series.select(missing.any()).item():
        return series.with_columns(pl.lit(None, EXACT).alias("inferred_adjusted_close"))
    # The factor of the week before, as if nothing but the week's dividend had happened. Before the first known factor
    # it is that of the week after; of a series without any it is 1 in the newest week.
    close = pl.col("close").cast(pl.Float64)
    growth = (1 + pl.col("dividend_amount").cast(pl.Float64).fill_null(0) / close).cum_prod().over("symbol")
    level = pl.col("adjusted_close").cast(pl.Float64) / close / growth
    inferred = (
        growth
        * close
        * pl.coalesce(
            level.forward_fill().over("symbol"), level.backward_fill().over("symbol"), 1 / growth.last().over("symbol")
        )
    )
    exact = to_exact(inferred)
    return series.with_columns(pl.when(missing & (exact > 0)).then(exact).alias("inferred_adjusted_close"))


def _add_measures(series: pl.DataFrame) -> pl.DataFrame:
    adjusted = pl.coalesce(pl.col("adjusted_close", "inferred_adjusted_close").cast(pl.Float64))
    close = pl.col("close").cast(pl.Float64)
    factor = adjusted / close
    # A retained week was rounded before it was rescaled, and so was the jump from it to the next; what it was rescaled
    # by was rounded too, so it counts twice. An inferred factor is as coarse as the one that it was inferred from.
    received = pl.col("received_adjusted_close").cast(pl.Float64)
    own_scale = (2 * adjusted / received).fill_null(1.0)
    scale = pl.when(pl.col("adjusted_close").is_not_null()).then(own_scale).forward_fill().over("symbol").fill_null(1.0)
    scale_before, adjusted_before = scale.shift(1).over("symbol"), adjusted.shift(1).over("symbol")
    widest = pl.max_horizontal(scale, scale_before)
    rounding = widest / adjusted + widest / adjusted_before
    return series.with_columns(
        pl.col("open", "close").cast(pl.Float64).name.prefix("_"),
        pl.col("high").cast(pl.Float64).fill_null(close * REACH).alias("_high"),
        pl.col("low").cast(pl.Float64).fill_null(close / REACH).alias("_low"),
        pl.col("dividend_amount").cast(pl.Float64).fill_null(0).alias("_dividend_amount"),
        close.shift(1).over("symbol").alias("_previous_close"),
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
        .then(to_exact(in_shares_of_that_day))
        .alias("dividend_per_share")
    )


def _add_other_factor(measured: pl.DataFrame) -> pl.DataFrame:
    # A dividend of unknown amount explains a jump of its size: what it was stays unknown.
    is_dividend = pl.col("dividend_amount").is_null() & (pl.col("_jump") - 1).is_between(0, MOST_UNKNOWN_DIVIDEND)
    is_explained = _explains(pl.col("split_factor"), pl.col("_dividend_amount")) | is_dividend
    is_other = pl.col("dividend_per_share").is_null() & ~is_explained.fill_null(value=True)
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
    # Where the open is not known, an action may have fallen inside the week.
    is_on_two_scales = ((gap * pl.col("_jump")).log().abs() >= gap.log().abs()).fill_null(value=True)
    return measured.with_columns(
        pl.col("split_factor").round(FACTOR_DECIMALS),
        (dividend > SPECIAL_SHARE * pl.col("_previous_close")).fill_null(value=False).alias("is_special_dividend"),
        ((highest / lowest - 1 > UNSURE_WIDTH).fill_null(value=False) | _rests_on_unknowns()).alias("is_action_unsure"),
        (((pl.col("_jump") - 1).abs() > MIXED_JUMP) & is_on_two_scales).fill_null(value=False).alias("is_mixed_scale"),
    )


def _rests_on_unknowns() -> pl.Expr:
    """Whether a field that the reading of a week needs is null."""
    has_no_adjusted_close = pl.col("adjusted_close").is_null()
    is_factor = (pl.col("split_factor") != 1) | (pl.col("other_factor") != 1)
    # Of an action that was seen only after such a week nobody knows in which of the two it happened.
    follows_one = has_no_adjusted_close.shift(1, fill_value=False).over("symbol") & is_factor
    has_dividend_of_any_size = pl.col("dividend_amount").is_null() & (pl.col("_jump") > 1 + pl.col("_epsilon"))
    has_dividend_at_any_price = (pl.col("_dividend_amount") > 0) & pl.any_horizontal(pl.col("high", "low").is_null())
    return pl.any_horizontal(
        has_no_adjusted_close, follows_one, has_dividend_of_any_size, has_dividend_at_any_price
    ).fill_null(value=False)
