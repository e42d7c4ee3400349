"""A stock's bars with their indicators: price, volume, RSI and MACD as panes of one chart, above one axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from dashboards.charts.candles import LABEL_WIDTH, PRICES, candles
from dashboards.charts.elements import guides, log_labels, title_above
from dashboards.charts.zoom import (
    MOST_COLUMNS,
    Said,
    add_columns,
    bar_width,
    columns,
    zoomable,
)
from dashboards.components.colours import LINES, NEUTRAL

PRICE, VOLUME, RSI, MACD = 340, 90, 110, 120  # pixels
LOWEST = "macd"  # the pane with the labels of the days
BETWEEN = 18  # pixels between panes, for the title of the lower one
LOG_ROOM = 1.08  # times the highest price, and below the lowest
OVERSOLD_OVERBOUGHT = [30, 70]
AVERAGES = {"SMA 20": "sma_20", "SMA 50": "sma_50", "SMA 200": "sma_200", "EMA 12": "ema_12", "EMA 26": "ema_26"}
BANDS, UPPER, LOWER = "Bollinger bands", "Bollinger upper", "Bollinger lower"
# A chart's fields are what its data is called where a viewer looks at it.
DAY, MEAN_VOLUME, RSI_14, LINE, SIGNAL = "Day", "Mean volume", "RSI 14", "MACD", "MACD signal"
DIFFERENCE = "MACD minus signal"
FIELDS = {
    "bar": DAY,
    **{name: name.capitalize() for name in (*PRICES, "volume")},
    "avg_volume_20": MEAN_VOLUME,
    **{field: name for name, field in AVERAGES.items()},
    "bollinger_upper": UPPER,
    "bollinger_lower": LOWER,
    "rsi_14": RSI_14,
    "macd": LINE,
    "macd_signal": SIGNAL,
    "macd_histogram": DIFFERENCE,
}
OVERLAYS = (*AVERAGES, BANDS)


def panes(
    frame: pl.DataFrame, *, bar: str, currency: str, overlays: Sequence[str], is_log: bool = False
) -> alt.VConcatChart:
    """Price with the chosen overlays, volume, RSI and MACD; candles are hollow and blue where it rose, pale while it is
    open, and beyond `MOST_COLUMNS` bars a line of closes. Nothing is drawn where a value is null.

    Shape:  frame as of `queries.technical`, sorted; `bar` says what a bar is, `overlays` are some of OVERLAYS.
    Units:  price in `currency`, volume in shares, RSI from 0 to 100.
    """
    lower = pl.col(LOWER)  # of wild prices below 0, which no log scale has
    rows = add_columns(frame.select(*FIELDS, "is_complete").rename(FIELDS), DAY).with_columns(
        body=pl.coalesce("Open", "Close"), band_lower=pl.when((lower > 0) | (not is_log)).then(lower)
    )
    said = _words(bar, currency, overlays)
    drawn = {
        "price": (PRICE, _price(rows, currency, overlays, is_log=is_log)),
        "volume": (VOLUME, _volume(rows, bar)),
        "rsi": (RSI, _rsi(rows)),
        "macd": (MACD, _macd(rows, currency)),
    }
    charts = [
        alt.layer(*layers, *columns(rows, said, pane=name, has_labels=name == LOWEST)).properties(height=height)
        for name, (height, layers) in drawn.items()
    ]
    return zoomable(alt.vconcat(*charts, data=rows, spacing=BETWEEN), bars=rows.height)


def without_values(rows: pl.DataFrame, overlays: Sequence[str]) -> list[str]:
    """Which of the chosen overlays have no value in any of the bars."""
    fields = AVERAGES | {BANDS: "bollinger_lower"}
    return [name for name in overlays if not rows[fields[name]].count()]


def _price(rows: pl.DataFrame, currency: str, overlays: Sequence[str], *, is_log: bool) -> list[alt.Chart]:
    scale, labels = _log(rows) if is_log else (alt.Scale(nice=False, zero=False, padding=8), None)
    axis = _axis(f"Price ({currency}), adjusted for splits", values=labels)
    base = alt.Chart().encode(x=f"{DAY}:T")

    def of_price(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=scale, axis=axis)

    band = base.mark_area(color=NEUTRAL, opacity=0.14).encode(y=of_price("band_lower"), y2=f"{UPPER}:Q")
    edge = base.mark_line(color=NEUTRAL, strokeWidth=1)
    edges = [edge.encode(y=of_price(field)) for field in ("band_lower", UPPER)]
    chosen = [name for name in AVERAGES if name in overlays and rows[name].count()]
    has_bands = BANDS in overlays and rows["band_lower"].count()
    averages = (
        base.mark_line(strokeWidth=1.6)
        .encode(y=of_price("average"), color=_colour([*chosen, *([BANDS] if has_bands else [])]))
        .transform_fold(chosen, as_=["name", "average"])
    )
    below = [band, *edges] if has_bands else []
    return [*below, *_candles(rows, base, of_price), *([averages] if chosen else [])]


def _log(rows: pl.DataFrame) -> tuple[alt.Scale, list[float]]:
    """A log scale of the candles' prices, whatever the bands reach."""
    low, high = rows.select(pl.min_horizontal("Low", "Close").min(), pl.max_horizontal("High", "Close").max()).row(0)
    domain = [low / LOG_ROOM, high * LOG_ROOM]
    return alt.Scale(type="log", nice=False, clamp=True, domain=domain), log_labels(*domain)


def _candles(rows: pl.DataFrame, base: alt.Chart, of_price: Any) -> list[alt.Chart]:
    if rows.height > MOST_COLUMNS:
        return [base.mark_line(color=NEUTRAL, strokeWidth=1.4).encode(y=of_price("Close"))]
    pale = base.encode(opacity=alt.condition("datum.is_complete", alt.value(1), alt.value(0.45)))
    wicks, bodies = candles(pale, of_price, low="Low", high="High", width=bar_width(rows))
    return [*_known(rows, {"Low": wicks}), bodies.transform_filter("isValid(datum.Close)")]


def _volume(rows: pl.DataFrame, bar: str) -> list[alt.Chart]:
    axis = _axis(f"Shares traded; line: mean of 20 {bar}s", ticks=3, format="~s")
    base = alt.Chart().encode(x=f"{DAY}:T")
    mean = base.mark_line(color=LINES["mean"], strokeWidth=1.6).encode(y=f"{MEAN_VOLUME}:Q")
    return [guides(0, axis=axis), *_known(rows, {"Volume": _bars(rows, base, "Volume"), MEAN_VOLUME: mean})]


def _rsi(rows: pl.DataFrame) -> list[alt.Chart]:
    axis = _axis("RSI 14 (0 to 100); guides at 30 and 70", values=[0, *OVERSOLD_OVERBOUGHT, 100], grid=False)
    base = alt.Chart().encode(x=f"{DAY}:T")
    line = base.mark_line(color=LINES["line"], strokeWidth=1.6).encode(y=f"{RSI_14}:Q")
    levels = guides(*OVERSOLD_OVERBOUGHT, axis=axis, scale=alt.Scale(domain=[0, 100]), dash=[4, 4])
    return [levels, *_known(rows, {RSI_14: line})]


def _macd(rows: pl.DataFrame, currency: str) -> list[alt.Chart]:
    axis = _axis(f"MACD ({currency}); dashed: signal; bars: difference", ticks=3)
    base = alt.Chart().encode(x=f"{DAY}:T")
    line = base.mark_line(color=LINES["line"], strokeWidth=1.6).encode(y=f"{LINE}:Q")
    signal = base.mark_line(color=LINES["mean"], strokeWidth=1.6, strokeDash=[5, 3]).encode(y=f"{SIGNAL}:Q")
    bars = _bars(rows, base, DIFFERENCE)
    return [guides(0, axis=axis), *_known(rows, {DIFFERENCE: bars, LINE: line, SIGNAL: signal})]


def _known(rows: pl.DataFrame, layers: Mapping[str, alt.Chart]) -> list[alt.Chart]:
    """The layers whose field has a value: of one without, Vega warns that it has no extent."""
    return [layer for field, layer in layers.items() if rows[field].count()]


def _bars(rows: pl.DataFrame, base: alt.Chart, field: str) -> alt.Chart:
    is_dense = rows.height > MOST_COLUMNS
    marked = base.mark_area(opacity=0.5) if is_dense else base.mark_bar(size=bar_width(rows), opacity=0.55)
    bars: alt.Chart = marked.encode(y=f"{field}:Q", color=alt.value(NEUTRAL))
    return bars


def _axis(title: str, **options: Any) -> alt.Axis:
    return title_above(title, minExtent=LABEL_WIDTH, maxExtent=LABEL_WIDTH, **options)


def _colour(overlays: Sequence[str]) -> alt.Color:
    named = [overlay for overlay in OVERLAYS if overlay in overlays]
    legend = alt.Legend(title=None, orient="top", offset=4, symbolType="stroke", symbolStrokeWidth=3)
    scale = alt.Scale(domain=named, range=[LINES[overlay] for overlay in named])
    return alt.Color("name:N", scale=scale, legend=legend)


def _words(bar: str, currency: str, overlays: Sequence[str]) -> list[Said]:
    """What each pane says of a bar; beside a number stands its unit."""
    priced = [*AVERAGES, *((UPPER, LOWER) if BANDS in overlays else ())]
    return [
        Said(DAY, "Week ending" if bar == "week" else "Session", "%-d %b %Y"),
        *(Said(name.capitalize(), f"{name.capitalize()} ({currency})", ",.2f") for name in PRICES),
        Said("Volume", "Volume (shares)", ",.0f"),
        Said(MEAN_VOLUME, f"Mean of 20 {bar}s (shares)", ",.0f"),
        *(Said(name, f"{name} ({currency})", ",.2f") for name in priced if name in (*overlays, UPPER, LOWER)),
        Said(RSI_14, "RSI 14 (0 to 100)", ".1f"),
        *(Said(name, f"{name} ({currency})", ",.2f") for name in (LINE, SIGNAL, DIFFERENCE)),
    ]
