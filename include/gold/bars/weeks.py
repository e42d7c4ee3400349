"""Weekly bars on the scale of the newest week, as the indicators read them."""

import polars as pl

from include.gold.bars.days import PRICES, later


def adjust_weeks(weeks: pl.DataFrame) -> pl.DataFrame:
    """Adjust raw weeks for the splits, spin-offs and changes of unit after them.

    Shape:  (n, symbol, week_ending, open, high, low, close, volume, split_factor, unit_factor, other_factor,
            is_mixed_scale, is_complete_week) -> (n, symbol, week_ending, scale, open, high, low, close, volume,
            is_complete_week), sorted. A week whose open, high and low are on two scales has none of them.
    Units:  prices in the listing's currency, its unit and its shares of the newest week.
    """
    price = pl.col("split_factor") * pl.col("unit_factor") * pl.col("other_factor")
    later_price, later_shares = later(price), later(pl.col("split_factor"))
    is_on_one_scale = ~pl.col("is_mixed_scale")
    return weeks.sort("symbol", "week_ending").select(
        "symbol",
        "week_ending",
        pl.lit(0).alias("scale"),
        *(pl.when(is_on_one_scale).then(pl.col(name) / later_price).alias(name) for name in PRICES[:-1]),
        pl.col("close") / later_price,
        pl.col("volume") * later_shares,
        "is_complete_week",
    )
