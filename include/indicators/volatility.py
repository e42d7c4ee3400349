"""How far prices swing: Bollinger and Keltner bands, true range, deviations."""

import math

import polars as pl
import polars_talib as ta

from include.indicators.bars import CLOSE, HIGH, LOW, ratio

OF_A_SAMPLE = math.sqrt(20 / 19)  # TA-Lib divides by 20

OF_TA_LIB = {
    "bollinger_middle": ta.sma(CLOSE, 20),
    "stddev_20": ta.stddev(CLOSE, 20),
    "range_of_closes_20": ta.max(CLOSE, 20) - ta.min(CLOSE, 20),
    "stddev_of_returns_20": ta.stddev(CLOSE.log().diff(), 20),
    "atr_14": ta.atr(HIGH, LOW, CLOSE, 14),
    "keltner_middle": ta.ema(CLOSE, 20),
    "keltner_reach": 2 * ta.atr(HIGH, LOW, CLOSE, 10),
}

# Of equal closes exactly 0: TA-Lib's moving sum of squares keeps last digits of what has left the window.
DEVIATION = pl.when(pl.col("range_of_closes_20") == 0).then(0.0).otherwise(pl.col("stddev_20"))
MIDDLE = pl.col("bollinger_middle")
UPPER, LOWER = MIDDLE + 2 * DEVIATION, MIDDLE - 2 * DEVIATION
OURS = {
    "stddev_20": DEVIATION,
    "bollinger_upper": UPPER,
    "bollinger_lower": LOWER,
    "bollinger_width_pct": 100 * ratio(UPPER - LOWER, MIDDLE),
    "percent_b": ratio(CLOSE - LOWER, UPPER - LOWER),
    "keltner_upper": pl.col("keltner_middle") + pl.col("keltner_reach"),
    "keltner_lower": pl.col("keltner_middle") - pl.col("keltner_reach"),
    "range_pct": 100 * (HIGH / LOW - 1),
}


def historical_volatility(bars_a_year: int) -> pl.Expr:
    """The deviation of the newest 20 log returns, in percent a year."""
    return 100 * math.sqrt(bars_a_year) * OF_A_SAMPLE * pl.col("stddev_of_returns_20")
