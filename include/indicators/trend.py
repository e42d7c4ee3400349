"""Where prices are heading: moving averages, MACD, ADX."""

import polars as pl
import polars_talib as ta

from include.indicators.bars import CLOSE, HIGH, LOW, lately

MACD = ("macd", "macd_signal", "macd_histogram")
OF_TA_LIB = {
    "sma_20": ta.sma(CLOSE, 20),
    "sma_50": ta.sma(CLOSE, 50),
    "sma_200": ta.sma(CLOSE, 200),
    "ema_12": ta.ema(CLOSE, 12),
    "ema_26": ta.ema(CLOSE, 26),
    # The fast average begins with the bars that the slow one begins with, so that for some 90 bars the line is not
    # ema_12 - ema_26; and there is no line before there is a signal.
    "macd_lines": ta.macd(CLOSE, fastperiod=12, slowperiod=26, signalperiod=9).struct.rename_fields(MACD),
    "adx_14": ta.adx(HIGH, LOW, CLOSE, 14),
    "directional_movement": ta.plus_di(HIGH, LOW, CLOSE, 14) + ta.minus_di(HIGH, LOW, CLOSE, 14),
}

# Without any directional movement the directional index is no number; TA-Lib carries the last one on.
IS_UNDIRECTED = lately(pl.col("directional_movement") == 0, 14)
OURS = {"adx_14": pl.when(~IS_UNDIRECTED).then(pl.col("adx_14"))}
