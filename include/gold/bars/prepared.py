"""The one function that makes bars and indicators of raw days, and the one that makes indicators of raw weeks."""

from typing import NamedTuple

import polars as pl

from include.gold.bars.days import DAYS, PRICES, UNLISTED, adjust_days
from include.gold.bars.events import WEEKS, date_events
from include.gold.bars.weeks import adjust_weeks
from include.indicators.technical import INDICATORS, compute_indicators

SESSIONS_A_YEAR = 252
WEEKS_A_YEAR = 52
RAW_DAYS = pl.Schema(dict(DAYS) | {"is_complete_day": pl.String})
RAW_UNLISTED = pl.Schema(dict.fromkeys(UNLISTED, pl.String))
RAW_WEEKS = pl.Schema(
    dict(WEEKS)
    | dict.fromkeys((*PRICES, "volume"), pl.Float64)
    | {"is_mixed_scale": pl.String, "is_complete_week": pl.String}
)
BARS = (
    *("symbol", "trade_date", *(f"split_adj_{name}" for name in (*PRICES, "volume")), "adj_close"),
    *("split_factor", "price_factor", "dividend_per_share", "total_return_factor"),
    *("is_scale_unknown", "is_action_day_unknown", "missing_sessions_before"),
)


class PreparedDays(NamedTuple):
    """What is computed of days.

    Shape:  bars (n, BARS), indicators (m, symbol, trade_date, INDICATORS) of the complete days with all prices.
    """

    bars: pl.DataFrame
    indicators: pl.DataFrame


def prepare_days(
    days: pl.DataFrame, weeks: pl.DataFrame, listed: pl.DataFrame, unlisted: pl.DataFrame, gaps: pl.DataFrame
) -> PreparedDays:
    """Put days on the scale of the newest session, and compute their indicators.

    Shape:  days (n, RAW_DAYS), weeks (k, RAW_WEEKS), listed (l, `events.LISTED`), unlisted (u, RAW_UNLISTED) and gaps
            (g: symbol, first_session, last_session, sessions) of the same symbols.
    """
    events, flags = date_events(weeks.select(*WEEKS), listed), pl.col("lacks_splits", "lacks_dividends") == "t"
    bars = adjust_days(days, events, unlisted.with_columns(flags)).pipe(_add_missing_sessions, gaps)
    complete = bars.filter(pl.col("is_complete_day") == "t").select(
        "symbol", "trade_date", "scale", *(pl.col(f"split_adj_{name}").alias(name) for name in (*PRICES, "volume"))
    )
    return PreparedDays(bars.select(BARS), _indicators(complete, "trade_date", bars_a_year=SESSIONS_A_YEAR))


def prepare_weeks(weeks: pl.DataFrame) -> pl.DataFrame:
    """Compute the indicators of complete weeks.

    Shape:  (n, RAW_WEEKS) -> (m, symbol, week_ending, INDICATORS) of the complete weeks with all prices.
    """
    adjusted = adjust_weeks(weeks.with_columns(pl.col("is_mixed_scale") == "t"))
    complete = adjusted.filter(pl.col("is_complete_week") == "t")
    return _indicators(complete, "week_ending", bars_a_year=WEEKS_A_YEAR)


def _indicators(bars: pl.DataFrame, day: str, *, bars_a_year: int) -> pl.DataFrame:
    return compute_indicators(bars, bars_a_year=bars_a_year).select("symbol", day, *INDICATORS)


def _add_missing_sessions(bars: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """Count the sessions that are missing between a day and the one before it."""
    before = pl.col("trade_date").shift(1).over("symbol")
    ends = gaps.select("symbol", "last_session", "sessions").sort("symbol", "last_session")
    return (
        bars.with_columns(previous_day=before)
        .join_asof(ends, left_on="trade_date", right_on="last_session", by="symbol", check_sortedness=False)
        .with_columns(
            pl.when(pl.col("last_session") > pl.col("previous_day"))
            .then("sessions")
            .otherwise(0)
            .alias("missing_sessions_before")
        )
    )
