"""Dividends and splits, recovered from the ratio of adjusted to raw close."""

from typing import Final

import polars as pl

# The source adjusts with the close of the ex-date: a split S multiplies the factor a/c by S, a dividend D by 1 + D/c.
# No dividend of the sample comes near a quarter of the price, so from there on a jump is a split.
SMALLEST_SPLIT: Final = 5 / 4
LARGEST_REVERSE_SPLIT: Final = 4 / 5
SPLIT_DECIMALS: Final = 6  # drops the source's own noise, which measures 1e-12
DIVIDEND_DECIMALS: Final = 4  # what the source prints; an amount of zero is no dividend but noise


def recover_actions(daily: pl.DataFrame) -> pl.DataFrame:
    """Find each ex-date with its split factor and dividend per share.

    Shape:  daily prices -> (m, 5) symbol, date, close, split_factor (1.0 if none), dividend_amount (0.0 if none).
    Units:  dividend in dollars per share of that day, four decimals; split factor in new shares per old one.
    """
    is_split = (pl.col("jump") >= SMALLEST_SPLIT) | (pl.col("jump") <= LARGEST_REVERSE_SPLIT)
    dividend = (pl.col("close") * (pl.col("jump") - 1)).round(DIVIDEND_DECIMALS)
    return (
        daily.sort("symbol", "date")
        .with_columns(factor=pl.col("source_adj_close") / pl.col("close"))
        .with_columns(jump=(pl.col("factor") / pl.col("factor").shift(1).over("symbol")).fill_null(1.0))
        .with_columns(
            split_factor=pl.when(is_split).then(pl.col("jump").round(SPLIT_DECIMALS)).otherwise(1.0),
            dividend_amount=pl.when(is_split).then(0.0).otherwise(dividend),
        )
        .filter((pl.col("split_factor") != 1.0) | (pl.col("dividend_amount") != 0.0))
        .select("symbol", "date", "close", "split_factor", "dividend_amount")
    )
