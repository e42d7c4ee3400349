"""How fast prices move: RSI, Stochastic, Williams %R, rate of change, momentum."""

import polars as pl
import polars_talib as ta

from include.indicators.bars import CLOSE, HIGH, LOW, lately

STOCHASTIC = ta.stoch(HIGH, LOW, CLOSE, fastk_period=14, slowk_period=3, slowk_matype=0, slowd_period=3, slowd_matype=0)
OF_TA_LIB = {
    "rsi_14": ta.rsi(CLOSE, 14),
    "has_only_fallen": (CLOSE.diff().cum_max() <= 0) & (CLOSE.first() > CLOSE),
    "stoch_k": STOCHASTIC.struct.field("slowk"),
    "stoch_d": STOCHASTIC.struct.field("slowd"),
    "williams_r_14": ta.willr(HIGH, LOW, CLOSE, 14),
    "range_14": ta.max(HIGH, 14) - ta.min(LOW, 14),
    "roc_10": ta.roc(CLOSE, 10),
    "momentum_10": ta.mom(CLOSE, 10),
    "return_pct": ta.roc(CLOSE, 1),
}

# Of a price that has not moved yet, TA-Lib's RSI is 0, too.
IS_RSI = (pl.col("rsi_14") != 0) | pl.col("has_only_fallen")
IS_FLAT = pl.col("range_14") == 0
OURS = {
    "rsi_14": pl.when(IS_RSI).then(pl.col("rsi_14")),
    "stoch_k": pl.when(~lately(IS_FLAT, 3)).then(pl.col("stoch_k")),
    "stoch_d": pl.when(~lately(IS_FLAT, 5)).then(pl.col("stoch_d")),
    "williams_r_14": pl.when(~IS_FLAT).then(pl.col("williams_r_14")),
}
