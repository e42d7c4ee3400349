"""Every indicator once more: TA-Lib through its own binding, series by series, and the formulas of FINANCE in numpy."""

from typing import Protocol

import numpy as np
import talib
from numpy.typing import ArrayLike

Values = np.ndarray[tuple[int], np.dtype[np.float64]]


class Bars(Protocol):
    """Columns by their names: a frame, or a mapping."""

    def __getitem__(self, name: str, /) -> ArrayLike:
        """The values of a column."""


def expected(bars: Bars, bars_a_year: int) -> dict[str, Values]:
    """The indicators of one series.

    Shape:  bars (n, …) -> n values of each; NaN before the window is full.
    """
    high, low, close, volume = (
        np.ascontiguousarray(bars[name], dtype=np.float64) for name in ("high", "low", "close", "volume")
    )
    return (
        _trend(high, low, close)
        | _momentum(high, low, close)
        | _swings(high, low, close, bars_a_year)
        | {
            "obv": talib.OBV(close, volume),
            "avg_volume_20": talib.SMA(volume, 20),
            "volume_ratio": volume / talib.SMA(volume, 20),
            "vwap_20": _moving((high + low + close) / 3 * volume, 20).sum(axis=1) / _moving(volume, 20).sum(axis=1),
        }
    )


def _trend(high: Values, low: Values, close: Values) -> dict[str, Values]:
    found = {f"sma_{bars}": talib.SMA(close, bars) for bars in (20, 50, 200)}
    found |= {f"ema_{bars}": talib.EMA(close, bars) for bars in (12, 26)}
    names = ("macd", "macd_signal", "macd_histogram")
    return found | dict(zip(names, talib.MACD(close), strict=True)) | {"adx_14": talib.ADX(high, low, close, 14)}


def _momentum(high: Values, low: Values, close: Values) -> dict[str, Values]:
    k, d = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    return {
        "rsi_14": talib.RSI(close, 14),
        "stoch_k": k,
        "stoch_d": d,
        "williams_r_14": talib.WILLR(high, low, close, 14),
        "roc_10": talib.ROC(close, 10),
        "momentum_10": talib.MOM(close, 10),
        "return_pct": 100 * np.concatenate([[np.nan], close[1:] / close[:-1] - 1]),
    }


def _swings(high: Values, low: Values, close: Values, bars_a_year: int) -> dict[str, Values]:
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    keltner, reach = talib.EMA(close, 20), 2 * talib.ATR(high, low, close, 10)
    returns = np.concatenate([[np.nan], np.diff(np.log(close))])
    return {
        "bollinger_upper": upper,
        "bollinger_middle": middle,
        "bollinger_lower": lower,
        "bollinger_width_pct": 100 * (upper - lower) / middle,
        "percent_b": (close - lower) / (upper - lower),
        "keltner_upper": keltner + reach,
        "keltner_middle": keltner,
        "keltner_lower": keltner - reach,
        "atr_14": talib.ATR(high, low, close, 14),
        "stddev_20": talib.STDDEV(close, 20),
        "range_pct": 100 * (high - low) / low,
        "historical_volatility_pct": 100 * np.sqrt(bars_a_year) * _moving(returns, 20).std(axis=1, ddof=1),
    }


def _moving(values: Values, bars: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    before = np.concatenate([np.full(bars - 1, np.nan), values])
    return np.lib.stride_tricks.sliding_window_view(before, bars)
