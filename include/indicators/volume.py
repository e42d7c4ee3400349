"""What trade says beside the price: on-balance volume, volume-weighted price, volume beside its average."""

import polars as pl
import polars_talib as ta

from include.indicators.bars import CLOSE, HIGH, LOW, VOLUME, ratio

OF_TA_LIB = {
    "obv": ta.obv(CLOSE, VOLUME),
    "avg_volume_20": ta.sma(VOLUME, 20),
    "avg_turnover_20": ta.sma((HIGH + LOW + CLOSE) / 3 * VOLUME, 20),
}
OURS = {
    "vwap_20": ratio(pl.col("avg_turnover_20"), pl.col("avg_volume_20")),
    "volume_ratio": ratio(VOLUME, pl.col("avg_volume_20")),
}
