"""All technical indicators of many symbols at once."""

import polars as pl
import polars.selectors as cs

from include.indicators import momentum, trend, volatility, volume
from include.indicators.bars import PRICES

KINDS = (trend, momentum, volatility, volume)
OF_TA_LIB = {name: figure for kind in KINDS for name, figure in kind.OF_TA_LIB.items()}
OURS = {name: figure for kind in KINDS for name, figure in kind.OURS.items()}
INDICATORS = (
    *("sma_20", "sma_50", "sma_200", "ema_12", "ema_26", "macd", "macd_signal", "macd_histogram", "adx_14"),
    *("rsi_14", "stoch_k", "stoch_d", "williams_r_14", "roc_10", "momentum_10", "return_pct", "range_pct"),
    *("bollinger_upper", "bollinger_middle", "bollinger_lower", "bollinger_width_pct", "percent_b"),
    *("keltner_upper", "keltner_middle", "keltner_lower", "atr_14", "stddev_20", "historical_volatility_pct"),
    *("obv", "vwap_20", "avg_volume_20", "volume_ratio"),
)


def compute_indicators(bars: pl.DataFrame, *, bars_a_year: int) -> pl.DataFrame:
    """Compute every indicator of every bar.

    Before its window is full an indicator is null, and so it is where its denominator is 0 (TA-Lib says 0). A bar that
    lacks a price or its volume, or has a price of 0, is left out before: it has no indicators, and no window holds it.

    Shape:  bars (n, …): symbol, scale, and as floats open, high, low, close, volume; of each symbol in the order of
            time. `scale` counts its splits of unknown size: no window holds bars of both sides of one.
            -> (m, …): the bars that are not left out, symbol by symbol, with INDICATORS beside their columns.
    Units:  prices as given, adjusted for splits; `_pct` and oscillators in percent; volumes in shares. `bars_a_year`
            is 252 for days, 52 for weeks.
    Source: TA-Lib for what it defines; FINANCE for VWAP, volumes, ranges, Keltner and historical volatility.
    """
    ours = OURS | {"historical_volatility_pct": volatility.historical_volatility(bars_a_year)}
    return (
        bars.filter(_is_usable())
        .group_by("symbol", "scale", maintain_order=True)
        .agg(pl.all(), **OF_TA_LIB)
        .explode(~cs.by_name("symbol", "scale"))
        .unnest("macd_lines")
        .with_columns(cs.float().fill_nan(None))
        .with_columns(**ours)
        .select(*bars.columns, *INDICATORS)
    )


def _is_usable() -> pl.Expr:
    prices = pl.col(PRICES)
    return pl.all_horizontal(prices.is_finite() & (prices > 0), pl.col("volume").is_finite())
