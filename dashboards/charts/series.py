"""Charts along the weeks: each answers with one tooltip anywhere in its week, and a drag chooses a period."""

import re
from collections.abc import Mapping, Sequence

import altair as alt
import polars as pl

from dashboards.charts import crowd
from dashboards.charts.elements import (
    ABOVE_TITLE,
    EVERY_VALUE,
    HEIGHT,
    TICKS,
    Chart,
    guides,
    log_labels,
    ticker_colour,
    title_above,
)
from dashboards.charts.zoom import (
    POINTED_AT,
    Said,
    add_columns,
    bar_width,
    columns,
    zoomable,
)
from dashboards.components.colours import MARKED, NEUTRAL

# A chart's fields are what its data is called where a viewer looks at it.
WEEK = "Week ending"
SAID_WEEK = Said(WEEK, WEEK, "%-d %b %Y")
UP, DOWN = "Stocks up", "Stocks down"
DASHED = [4, 4]


def lines(
    frame: pl.DataFrame,
    *,
    value: str,
    title: str,
    colours: Mapping[str, str],
    unit: str = "",
    is_log: bool = False,
    has_zero: bool = False,
    level: float | None = None,
    below: str | None = None,
    height: int = HEIGHT,
) -> alt.LayerChart:
    """A line per symbol over the weeks, one tooltip for all of them; of more lines than colours for the nearest.

    Shape:  frame (symbol, week_ending, `value`), a row at least; `level` is a guide line, `below` the symbol whose line
            is broad and pale, so that it is seen below another that covers it.
    Units:  `unit` says in the tooltip what a value is in.
    """
    rows = _side_by_side(frame, value, colours)
    ends = _ends(frame[value], level, 0 if has_zero else None)
    scale = alt.Scale(type="log", nice=False, padding=6, domain=ends) if is_log else alt.Scale(domain=ends)
    axis = title_above(title, values=log_labels(*ends) if is_log else None)
    curves = (
        _of_each(colours)
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=f"{WEEK}:T",
            y=alt.Y("value:Q", scale=scale, axis=axis),
            color=ticker_colour(colours, "stroke", legend_offset=ABOVE_TITLE),
        )
    )
    dots = _of_each(colours).mark_point(filled=True, size=50, opacity=1).encode(x=f"{WEEK}:T", y="value:Q")
    below_all = [guides(level, axis=axis, scale=scale, dash=DASHED)] if level is not None else []
    drawn = [*below_all, _broaden(curves, below) if below else curves]
    if crowd.is_crowd(colours):
        line = _of_each(colours).mark_line(strokeWidth=3, clip=True, stroke=crowd.its_colour(colours))
        above_all = line.encode(x=f"{WEEK}:T", y="value:Q").transform_filter(crowd.IS_POINTED_AT)
        cells = crowd.cells(_of_each(colours), ends=ends, axis=axis, scale=scale, is_log=is_log)
        said = [SAID_WEEK, Said("symbol", "Ticker"), Said("value", unit or title, ",.2f")]
        return _pane([*drawn, above_all], rows, said, height=height, cells=cells)
    said = [SAID_WEEK, *(Said(symbol, _with_unit(symbol, unit), ",.2f") for symbol in colours)]
    return _pane([*drawn, dots.encode(color="symbol:N").transform_filter(POINTED_AT)], rows, said, height=height)


def points(
    frame: pl.DataFrame, *, value: str, title: str, colours: Mapping[str, str], levels: Sequence[float], unit: str = ""
) -> alt.LayerChart:
    """A point per symbol and week; what lies beyond the outer `levels` stands out by its size.

    Shape:  frame (symbol, week_ending, `value`), a row at least.
    """
    is_unusual = " || ".join(f"datum.value {'<' if level < 0 else '>'} {level}" for level in levels if level)
    ends, axis, is_crowd = _ends(frame[value], *levels), title_above(title), crowd.is_crowd(colours)
    scale = alt.Scale(domain=ends, padding=8) if is_crowd else EVERY_VALUE
    dots = (
        _of_each(colours)
        .mark_point(filled=True, opacity=0.85)
        .encode(
            x=f"{WEEK}:T",
            y=alt.Y("value:Q", axis=axis, scale=scale),
            color=ticker_colour(colours, "circle", legend_offset=ABOVE_TITLE),
            size=alt.condition(is_unusual, alt.value(110), alt.value(28)),
        )
    )
    rows = _side_by_side(frame, value, colours)
    drawn, height = [guides(*levels, axis=axis, scale=scale, dash=DASHED), dots], HEIGHT - 110
    if is_crowd:
        large = _of_each(colours).mark_point(size=60, strokeWidth=3, opacity=1, stroke=crowd.its_colour(colours))
        above_all = large.encode(x=f"{WEEK}:T", y="value:Q").transform_filter(crowd.IS_POINTED_AT)
        cells = crowd.cells(_of_each(colours), ends=ends, axis=axis, scale=scale, is_log=False)
        said = [SAID_WEEK, Said("symbol", "Ticker"), Said("value", unit or title, "+.2f")]
        return _pane([*drawn, above_all], rows, said, height=height, cells=cells)
    said = [SAID_WEEK, *(Said(symbol, _with_unit(symbol, unit), "+.2f") for symbol in colours)]
    return _pane(drawn, rows, said, height=height)


def breadth(frame: pl.DataFrame) -> alt.LayerChart:
    """How many stocks rose (upwards, full) and fell (downwards, pale) in each week; nothing to drag.

    Shape:  frame (week_ending, advancing, declining), a row at least.
    """
    fields = {"week_ending": WEEK, "advancing": UP, "declining": DOWN}
    rows = add_columns(frame.select(*fields).rename(fields), WEEK)
    axis = title_above("Stocks that rose (up, full) and fell (down, pale)")
    bars = alt.Chart().transform_calculate(fallen=f"-datum['{DOWN}']").encode(x=f"{WEEK}:T")
    up = bars.mark_bar(color=NEUTRAL, size=bar_width(rows)).encode(y=alt.Y(f"{UP}:Q", axis=axis))
    down = bars.mark_bar(color=NEUTRAL, opacity=0.4, size=bar_width(rows)).encode(y=alt.Y("fallen:Q", axis=axis))
    said = [SAID_WEEK, Said(UP, UP, ",d"), Said(DOWN, DOWN, ",d")]
    return _pane([up, down, guides(0, axis=axis)], rows, said, height=240, has_brush=False)


def value_range(*, low: float, high: float, value: float, title: str) -> Chart:
    """Where a value stands between the lowest and the highest."""
    row = pl.DataFrame({"low": [low], "high": [high], "value": [value]})
    base = alt.Chart(row)
    axis = alt.Axis(tickCount=TICKS, grid=False)
    span = base.mark_rule(color=NEUTRAL, strokeWidth=6, strokeCap="round").encode(
        x=alt.X("low:Q", title=title, scale=alt.Scale(zero=False, padding=12), axis=axis), x2="high:Q"
    )
    shown = [alt.Tooltip(f"{name}:Q", title=name.capitalize(), format=",.2f") for name in row.columns]
    dot = base.mark_point(filled=True, size=190, opacity=1, color=MARKED).encode(x="value:Q", tooltip=shown)
    return alt.layer(span, dot).properties(height=74)


def _ends(values: pl.Series, *included: float | None) -> list[float]:
    """From where to where an axis reaches: of the dots, which are drawn where somebody points, Vega knows no extent."""
    known = pl.concat([values.cast(pl.Float64), pl.Series(values.name, included, pl.Float64)]).drop_nulls()
    low, high = known.min(), known.max()
    if not isinstance(low, float) or not isinstance(high, float):
        return [1, 10]
    return [low, high] if low < high else [low - abs(low) / 10, high + abs(high) / 10]


def _side_by_side(frame: pl.DataFrame, value: str, symbols: Mapping[str, str]) -> pl.DataFrame:
    """A row per week and a column per symbol, empty where it has no value."""
    weeks = (
        frame.select("symbol", pl.col("week_ending").alias(WEEK), value)
        .pivot("symbol", index=WEEK, values=value)
        .sort(WEEK)
    )
    without = [pl.lit(None, pl.Float64).alias(symbol) for symbol in symbols if symbol not in weeks.columns]
    return add_columns(weeks.with_columns(without).select(WEEK, *symbols), WEEK, most=crowd.most_columns(symbols))


def _of_each(symbols: Mapping[str, str]) -> alt.Chart:
    """The values of the symbols one below the other; Vega reads the dot in BRK.B and a quote as parts of a path."""
    # Of a crowd the first, which have colours, are drawn last: above the others.
    order = list(reversed(list(symbols))) if crowd.is_crowd(symbols) else list(symbols)
    fields: list[str | alt.FieldName] = [re.sub(r"([\\.\[\]'\"])", r"\\\1", symbol) for symbol in order]
    base = alt.Chart().transform_fold(fields, as_=["symbol", "value"])
    known: alt.Chart = base.transform_filter("isValid(datum.value)")
    return known


def _pane(
    layers: Sequence[alt.Chart],
    rows: pl.DataFrame,
    said: Sequence[Said],
    *,
    height: int,
    has_brush: bool = True,
    cells: alt.Chart | None = None,
) -> alt.LayerChart:
    answering = columns(rows, said, pane="weeks", has_brush=has_brush, cells=cells)
    pane = alt.LayerChart(layer=[*layers, *answering], data=rows, height=height)
    marks = rows.height * (1 if cells is None else rows.width)
    return zoomable(pane, bars=marks, has_brush=has_brush, also=[] if cells is None else [crowd.SYMBOL])


def _with_unit(symbol: str, unit: str) -> str:
    if not unit:
        return symbol
    return f"{symbol[:-1]}, {unit})" if symbol.endswith(")") else f"{symbol} ({unit})"


def _broaden(curves: alt.Chart, symbol: str) -> alt.Chart:
    is_below = f"datum.symbol == {symbol!r}"
    broad: alt.Chart = curves.encode(
        size=alt.condition(is_below, alt.value(8), alt.value(2)),
        strokeOpacity=alt.condition(is_below, alt.value(0.5), alt.value(1)),
    )
    return broad
