"""What was known at the close of a day: bars, adjusted by the dividends and splits up to that day."""

from datetime import date
from functools import cache
from typing import Final

import polars as pl

from include.market_simulator.prices import read_daily_prices

PRICE_DECIMALS: Final = 4  # as the source prints
# The source adjusts with the close of the ex-date: a split S multiplies the factor a/c by S, a dividend D by 1 + D/c.
# No dividend of the sample comes near a quarter of the price, so from there on a jump is a split.
SMALLEST_SPLIT: Final = 5 / 4
LARGEST_REVERSE_SPLIT: Final = 4 / 5
SPLIT_DECIMALS: Final = 6  # drops the source's own noise, which measures 1e-12
DIVIDEND_DECIMALS: Final = 4  # what the source prints; an amount of zero is no dividend but noise
WEEKLY_COLUMNS: Final = ("date", "open", "high", "low", "close", "adj_close", "volume", "dividend_amount")
DAILY_COLUMNS: Final = ("date", "open", "high", "low", "close", "volume")


def daily_bars(symbol: str, last_close: date) -> pl.DataFrame:
    """The raw daily bars of a sample symbol, newest first.

    Shape:  (m, 6) typed as DAILY_COLUMNS; empty before the first listing.
    """
    return _known_bars(symbol, last_close).select(DAILY_COLUMNS).reverse()


def weekly_bars(symbol: str, last_close: date) -> pl.DataFrame:
    """The weekly bars of a sample symbol with adjusted closes, newest first.

    Shape:  (m, 8) typed as WEEKLY_COLUMNS, a row per Monday-to-Sunday week, dated by its last trading day.
    Units:  raw prices of the day; adj_close restated by every event up to `last_close`, so the newest equals its close.
    """
    known = _known_bars(symbol, last_close)
    actions = sample_actions().filter(pl.col("symbol") == symbol, pl.col("date") <= last_close)
    return (
        _adjust(known, actions)
        .group_by(pl.col("date").dt.truncate("1w").alias("monday"), maintain_order=True)
        .agg(
            pl.col("date", "close", "adj_close").last(),
            pl.col("open").first(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("volume", "dividend_amount").sum(),
        )
        .select(WEEKLY_COLUMNS)
        .reverse()
    )


@cache
def sample_actions() -> pl.DataFrame:
    """Every dividend and split of the sample market, recovered from the ratio of adjusted to raw close.

    Shape:  (m, 5) symbol, date, close, split_factor (1.0 if none), dividend_amount (0.0 if none).
    Units:  dividend in dollars per share of that day, four decimals; split factor in new shares per old one.
    """
    is_split = (pl.col("jump") >= SMALLEST_SPLIT) | (pl.col("jump") <= LARGEST_REVERSE_SPLIT)
    dividend = (pl.col("close") * (pl.col("jump") - 1)).round(DIVIDEND_DECIMALS)
    return (
        read_daily_prices()
        .with_columns(factor=pl.col("source_adj_close") / pl.col("close"))
        .with_columns(jump=(pl.col("factor") / pl.col("factor").shift(1).over("symbol")).fill_null(1.0))
        .with_columns(
            split_factor=pl.when(is_split).then(pl.col("jump").round(SPLIT_DECIMALS)).otherwise(1.0),
            dividend_amount=pl.when(is_split).then(0.0).otherwise(dividend),
        )
        .filter((pl.col("split_factor") != 1.0) | (pl.col("dividend_amount") != 0.0))
        .select("symbol", "date", "close", "split_factor", "dividend_amount")
    )


def _adjust(bars: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    # adj_close = close / product of S * (1 + D / ex-date close) over all later actions; the bars are the oldest first.
    step = pl.col("split_factor") * (1 + pl.col("dividend_amount") / pl.col("close"))
    return (
        bars.join(actions.drop("symbol", "close"), on="date", how="left", maintain_order="left")
        .with_columns(pl.col("split_factor").fill_null(1.0), pl.col("dividend_amount").fill_null(0.0))
        .with_columns(later_steps=step.shift(-1, fill_value=1.0).cum_prod(reverse=True))
        .with_columns(adj_close=(pl.col("close") / pl.col("later_steps")).round(PRICE_DECIMALS))
    )


def _known_bars(symbol: str, last_close: date) -> pl.DataFrame:
    return read_daily_prices().filter(pl.col("symbol") == symbol, pl.col("date") <= last_close)
