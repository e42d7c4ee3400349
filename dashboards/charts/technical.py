"""A stock's bars with their indicators: price, volume, RSI and MACD as panes of one chart, above one axis."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from dashboards.charts.elements import title_above
from dashboards.charts.zoom import (
    COLUMN_END,
    MOST_COLUMNS,
    Said,
    add_columns,
    along_time,
    columns,
    zoomable,
)
from dashboards.components.colours import LINES, NEUTRAL
from dashboards.components.period import COLUMN

PRICE, VOLUME, RSI, MACD = 340, 90, 110, 120  # pixels
LABEL_WIDTH = 46  # pixels: the same in all panes, so that a bar stands at one place
LOWEST = "macd"  # the pane with the labels of the days
BETWEEN = 18  # pixels between panes, for the title of the lower one
LOG_ROOM = 1.08  # times the highest price, and below the lowest
OVERSOLD_OVERBOUGHT = [30, 70]
EVERY_VALUE = alt.Scale()
AVERAGES = {"SMA 20": "sma_20", "SMA 50": "sma_50", "SMA 200": "sma_200", "EMA 12": "ema_12", "EMA 26": "ema_26"}
BANDS = "Bollinger bands"
OVERLAYS = (*AVERAGES, BANDS)
PRICES = ("open", "high", "low", "close")
IS_WHOLE = "datum.is_complete"


def panes(
    frame: pl.DataFrame, *, bar: str, currency: str, overlays: Sequence[str], is_log: bool = False
) -> alt.VConcatChart:
    """Price with the chosen overlays, volume, RSI and MACD; candles are hollow where the bar rose, pale while it is
    open, and beyond `MOST_COLUMNS` bars a line of closes. Nothing is drawn where a value is null.

    Shape:  frame as of `queries.technical`, sorted; `bar` says what a bar is, `overlays` are some of OVERLAYS.
    Units:  price in `currency`, volume in shares, RSI from 0 to 100.
    """
    lower = pl.col("bollinger_lower")  # of wild prices below 0, which no log scale has
    rows = add_columns(frame).with_columns(
        body=pl.coalesce("open", "close"), band_lower=pl.when((lower > 0) | (not is_log)).then(lower)
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
    data = rows.drop("symbol", "load_timestamp", "execution_batch_id")
    return zoomable(alt.vconcat(*charts, data=data, spacing=BETWEEN), bars=rows.height)


def without_values(rows: pl.DataFrame, overlays: Sequence[str]) -> list[str]:
    """Which of the chosen overlays have no value in any of the bars."""
    fields = AVERAGES | {BANDS: "bollinger_lower"}
    return [name for name in overlays if not rows[fields[name]].count()]


def _price(rows: pl.DataFrame, currency: str, overlays: Sequence[str], *, is_log: bool) -> list[alt.Chart]:
    scale, options = _log(rows) if is_log else (alt.Scale(nice=False, zero=False, padding=8), {})
    axis = _axis(f"Price ({currency}), adjusted for splits", **options)
    base = alt.Chart().encode(x=along_time())

    def of_price(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=scale, axis=axis)

    band = base.mark_area(color=NEUTRAL, opacity=0.14).encode(y=of_price("band_lower"), y2="bollinger_upper:Q")
    edge = base.mark_line(color=NEUTRAL, strokeWidth=1)
    edges = [edge.encode(y=of_price(field)) for field in ("band_lower", "bollinger_upper")]
    unknown = without_values(rows, overlays)
    drawn = [name for name in overlays if name not in unknown]
    chosen = [field for name, field in AVERAGES.items() if name in drawn]
    averages = (
        base.mark_line(strokeWidth=1.6)
        .encode(y=of_price("average"), color=_colour(drawn))
        .transform_fold(chosen, as_=["field", "average"])
        .transform_calculate(name="upper(replace(datum.field, '_', ' '))")
    )
    below = [band, *edges] if BANDS in drawn and rows["band_lower"].count() else []
    return [*below, *_candles(rows, base, of_price), *([averages] if chosen else [])]


def _log(rows: pl.DataFrame) -> tuple[alt.Scale, dict[str, Any]]:
    """A log scale of the candles' prices, whatever the bands reach, with labels at 1, 2 and 5."""
    low, high = rows.select(pl.min_horizontal("low", "close").min(), pl.max_horizontal("high", "close").max()).row(0)
    steps = [step * 10.0**power for power in range(-4, 8) for step in (1, 2, 5)]
    values = [step for step in steps if low / LOG_ROOM <= step <= high * LOG_ROOM]
    return alt.Scale(type="log", nice=False, clamp=True, domain=[low / LOG_ROOM, high * LOG_ROOM]), {"values": values}


def _candles(rows: pl.DataFrame, base: alt.Chart, of_price: Any) -> list[alt.Chart]:
    if rows.height > MOST_COLUMNS:
        return [base.mark_line(color=NEUTRAL, strokeWidth=1.4).encode(y=of_price("close"))]
    opacity = alt.condition(IS_WHOLE, alt.value(1), alt.value(0.45))
    wicks = base.mark_rule(color=NEUTRAL).encode(y=of_price("low"), y2="high:Q", opacity=opacity)
    bodies = base.mark_bar(size=_width(rows), stroke=NEUTRAL, strokeWidth=1).encode(
        y=of_price("body"),
        y2="close:Q",
        opacity=opacity,
        fill=alt.condition("datum.close >= datum.body", alt.value("transparent"), alt.value(NEUTRAL)),
    )
    return [*_known(rows, low=wicks), bodies.transform_filter("isValid(datum.close)")]


def _volume(rows: pl.DataFrame, bar: str) -> list[alt.Chart]:
    axis = _axis(f"Shares traded; line: mean of 20 {bar}s", ticks=3, format="~s")
    base = alt.Chart().encode(x=along_time())
    mean = base.mark_line(color=LINES["mean"], strokeWidth=1.6).encode(y="avg_volume_20:Q")
    return [_guides(0, axis=axis), *_known(rows, volume=_bars(rows, base, "volume"), avg_volume_20=mean)]


def _rsi(rows: pl.DataFrame) -> list[alt.Chart]:
    axis = _axis("RSI 14 (0 to 100); guides at 30 and 70", values=[0, *OVERSOLD_OVERBOUGHT, 100], grid=False)
    line = alt.Chart().mark_line(color=LINES["line"], strokeWidth=1.6).encode(x=along_time(), y="rsi_14:Q")
    guides = _guides(*OVERSOLD_OVERBOUGHT, axis=axis, scale=alt.Scale(domain=[0, 100]), dash=[4, 4])
    return [guides, *_known(rows, rsi_14=line)]


def _macd(rows: pl.DataFrame, currency: str) -> list[alt.Chart]:
    axis = _axis(f"MACD ({currency}); dashed: signal; bars: difference", ticks=3)
    base = alt.Chart().encode(x=along_time(has_labels=True))
    line = base.mark_line(color=LINES["line"], strokeWidth=1.6).encode(y="macd:Q")
    signal = base.mark_line(color=LINES["mean"], strokeWidth=1.6, strokeDash=[5, 3]).encode(y="macd_signal:Q")
    bars = _bars(rows, base, "macd_histogram")
    return [_guides(0, axis=axis), *_known(rows, macd_histogram=bars, macd=line, macd_signal=signal)]


def _known(rows: pl.DataFrame, **layers: alt.Chart) -> list[alt.Chart]:
    """The layers whose field has a value: of one without, Vega warns that it has no extent."""
    return [layer for field, layer in layers.items() if rows[field].count()]


def _guides(*levels: int, axis: alt.Axis, scale: alt.Scale = EVERY_VALUE, dash: Sequence[int] = ()) -> alt.Chart:
    rule = alt.Chart(pl.DataFrame({"level": levels})).mark_rule(color=NEUTRAL, strokeDash=list(dash))
    guides: alt.Chart = rule.encode(y=alt.Y("level:Q", axis=axis, scale=scale))
    return guides


def _bars(rows: pl.DataFrame, base: alt.Chart, field: str) -> alt.Chart:
    is_dense = rows.height > MOST_COLUMNS
    marked = base.mark_area(opacity=0.5) if is_dense else base.mark_bar(size=_width(rows), opacity=0.55)
    bars: alt.Chart = marked.encode(y=f"{field}:Q", color=alt.value(NEUTRAL))
    return bars


def _axis(title: str, **options: Any) -> alt.Axis:
    return title_above(title, minExtent=LABEL_WIDTH, maxExtent=LABEL_WIDTH, **options)


def _colour(overlays: Sequence[str]) -> alt.Color:
    named = [overlay for overlay in OVERLAYS if overlay in overlays]
    legend = alt.Legend(title=None, orient="top", offset=4, symbolType="stroke", symbolStrokeWidth=3)
    scale = alt.Scale(domain=named, range=[LINES[overlay] for overlay in named])
    return alt.Color("name:N", scale=scale, legend=legend)


def _width(rows: pl.DataFrame) -> alt.ExprRef:
    """Two thirds of the narrowest column."""
    columns_of = rows.select((pl.col(COLUMN_END) - pl.col(COLUMN)).min() / (pl.max(COLUMN_END) - pl.min(COLUMN)))
    return alt.ExprRef(f"max(1, min(11, 0.66 * width * {columns_of.item() or 1}))")


def _words(bar: str, currency: str, overlays: Sequence[str]) -> list[Said]:
    """What each pane says of a bar; beside a number stands its unit."""
    edges = ("upper", "lower") if BANDS in overlays else ()
    return [
        Said("bar", "Week ending" if bar == "week" else "Session", "%-d %b %Y"),
        *(Said(name, f"{name.capitalize()} ({currency})", ",.2f") for name in PRICES),
        Said("volume", "Volume (shares)", ",.0f"),
        Said("avg_volume_20", f"Mean of 20 {bar}s (shares)", ",.0f"),
        *(Said(field, f"{name} ({currency})", ",.2f") for name, field in AVERAGES.items() if name in overlays),
        *(Said(f"bollinger_{edge}", f"Bollinger {edge} ({currency})", ",.2f") for edge in edges),
        Said("rsi_14", "RSI 14 (0 to 100)", ".1f"),
        Said("macd", f"MACD ({currency})", ",.2f"),
        Said("macd_signal", f"MACD signal ({currency})", ",.2f"),
        Said("macd_histogram", f"MACD minus signal ({currency})", ",.2f"),
    ]
