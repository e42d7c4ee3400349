"""By what the factor of adjusted over raw close grew since the week before, and where the truth lies."""

import polars as pl

# The source rounds the adjusted close to four decimals: half a unit, with 2 % to spare.
ROUNDING = 1.02 * 5e-5
REACH = 1.2  # where the high or the low of a week is not known, its prices lay within this of the close
COARSE = 5e-4  # a wider interval cannot tell a stock dividend from the next: a twentieth of 1 %
LEAST = 1e-9  # a growth below it, or above its inverse, has no bound
MEASURES = ("growth", "growth_low", "growth_high")


def add_prices(weeks: pl.DataFrame) -> pl.DataFrame:
    """Add what the rules compute with, as floats: close, open, high, low, dividend (0 where unknown), week before."""
    close = pl.col("close").cast(pl.Float64)
    return weeks.with_columns(
        pl.col("open", "close").cast(pl.Float64).name.prefix("_"),
        pl.col("high").cast(pl.Float64).fill_null(close * REACH).alias("_high"),
        pl.col("low").cast(pl.Float64).fill_null(close / REACH).alias("_low"),
        pl.col("dividend_amount").cast(pl.Float64).alias("_amount"),
        pl.col("dividend_amount").cast(pl.Float64).fill_null(0).alias("_dividend"),
        _before(close).alias("_previous_close"),
        _before(pl.col("week_ending")).alias("previous_week"),
        pl.col("adjusted_close").is_not_null().alias("is_factor_known"),
    )


def add_growth(weeks: pl.DataFrame) -> pl.DataFrame:
    """Add the growth of each week's factor and its interval, from adjusted closes as received.

    Shape:  (n, is_factor_known, _close, _high, …) sorted by week within each symbol -> MEASURES added; all null in a
            symbol's first week, growth_high also where it has no bound. Where a factor is not known it is that of the
            week before, and the next known one holds what happened in both: wider by what a dividend may have been.
    """
    is_known = pl.col("is_factor_known")
    adjusted = pl.when(is_known).then(pl.col("adjusted_close").cast(pl.Float64))
    # A retained week was rounded before it was rescaled, and so was the growth from it to the next; what it was
    # rescaled by was rounded too, so it counts twice.
    scale = (2 * adjusted / pl.col("received_adjusted_close").cast(pl.Float64)).fill_null(1.0)
    slack = ROUNDING * pl.max_horizontal(scale, _last_known(pl.when(is_known).then(scale)))
    known = weeks.with_columns(
        adjusted.alias("_adjusted"),
        _last_known(adjusted).alias("_adjusted_before"),
        _last_known(pl.when(is_known).then("_close")).alias("_close_before"),
        slack.alias("_slack"),
    )
    return _measure(known if weeks["is_factor_known"].all() else known.pipe(_add_skipped))


def _before(column: pl.Expr) -> pl.Expr:
    return column.shift(1).over("symbol")


def _last_known(column: pl.Expr) -> pl.Expr:
    return column.forward_fill().shift(1).over("symbol")


def _measure(known: pl.DataFrame) -> pl.DataFrame:
    adjusted, before, slack = pl.col("_adjusted"), pl.col("_adjusted_before"), pl.col("_slack")
    least, most = (pl.col("_skipped_low"), pl.col("_skipped_high")) if "_skipped_low" in known.columns else (1.0, 1.0)
    raw = pl.col("_close_before") / pl.col("_close")
    low = raw * (adjusted - slack) / (before + slack) / most
    high = pl.when(before > slack).then(raw * (adjusted + slack) / (before - slack)) / least
    point = raw * adjusted / before / ((least * most) ** 0.5)
    is_measured = adjusted.is_not_null() & before.is_not_null()
    is_first = pl.col("_previous_close").is_null()
    return known.with_columns(
        pl.when(~is_first).then(pl.when(is_measured).then(value).otherwise(1.0)).alias(name)
        for name, value in zip(MEASURES, (point, low, high), strict=True)
    )


def _add_skipped(known: pl.DataFrame) -> pl.DataFrame:
    # What weeks without a factor may have grown by, since the last one that has it: as recorded, else by a dividend.
    is_recorded = pl.col("factor_growth_recorded").is_not_null()
    lowest = (
        pl.when(is_recorded).then("factor_growth_low_recorded").otherwise(1 + pl.col("_dividend") / pl.col("_high"))
    )
    highest = (
        pl.when(is_recorded).then("factor_growth_high_recorded").otherwise(1 + pl.col("_dividend") / pl.col("_low"))
    )
    bounds = {"_skipped_low": lowest.clip(LEAST), "_skipped_high": highest.fill_null(1 / LEAST)}
    totals = known.with_columns(
        pl.when("is_factor_known").then(0.0).otherwise(value.log()).cum_sum().over("symbol").alias(name)
        for name, value in bounds.items()
    )
    return totals.with_columns(
        (pl.col(name) - _last_known(pl.when("is_factor_known").then(name)).fill_null(0.0)).exp().alias(name)
        for name in bounds
    )
