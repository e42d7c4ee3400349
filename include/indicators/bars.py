"""The bars that an indicator is computed from, and what several indicators ask of them."""

import polars as pl

PRICES = ("open", "high", "low", "close")
HIGH, LOW, CLOSE, VOLUME = (pl.col(name) for name in (*PRICES[1:], "volume"))


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """A quotient; null where the denominator is 0."""
    return pl.when(denominator != 0).then(numerator / denominator)


def lately(condition: pl.Expr, bars: int) -> pl.Expr:
    """Whether a condition held in one of the newest so many bars. It may look into the series before."""
    return pl.any_horizontal(condition.shift(ago) for ago in range(bars))
