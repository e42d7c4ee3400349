"""What several charts are made of: sizes, axes, guides, the colour of a ticker."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any, TypeAlias

import altair as alt
import polars as pl

from dashboards.components.colours import NEUTRAL, coloured

Chart: TypeAlias = alt.LayerChart | alt.FacetChart  # Altair promises no more of a layered chart

HEIGHT = 430
# Streamlit's theme draws narrower bars, and beside each other they then miss their place by some pixels.
WHOLE_BAND = alt.RelativeBandSize(1)
GAPS = alt.Scale(paddingInner=0.12)
ROOM_FOR_NUMBERS = 36  # pixels beyond the longest bar
# What legend, axis and titles take of a chart's height.
AROUND = 110
BAR_HEIGHT = 15
TICKS = alt.ExprRef("max(2, floor(width / 90))")  # one per 90 pixels, readable on a phone too
LETTER_WIDTH = 8  # pixels in a legend
ABOVE_TITLE = 26
TICKER = alt.Tooltip("symbol:N", title="Ticker")
EVERY_VALUE = alt.Scale()
FEWEST_LABELS = 3  # of a log axis: with fewer nobody can read a value between them


def title_above(title: str, *, ticks: int = 6, values: Sequence[float] | None = None, **options: Any) -> alt.Axis:
    """A value axis whose title stands level above it; `values` are its labels, unless Vega chooses them."""
    # A title that reads level needs no turned head, and no width on a phone.
    level: dict[str, Any] = {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": 0, "titleY": -14}
    labels: dict[str, Any] = {"tickCount": ticks} if values is None else {"values": list(values)}
    return alt.Axis(title=title, **labels, **level, **options)


def ticker_colour(colours: Mapping[str, str], symbol: str, *, legend_offset: int) -> alt.Color:
    """The encoding that gives each ticker its colour, and the legend that names those with one of their own."""
    named = list(coloured(colours))
    # Vega knows the width only in the browser, so it decides there how many names stand in a row.
    name_width = 44 + LETTER_WIDTH * max(map(len, named), default=0)
    legend = alt.Legend(
        title=None,
        orient="top",
        values=named,
        offset=legend_offset,
        columns=alt.ExprRef(f"max(1, floor(width / {name_width}))"),
        symbolType=symbol,
        symbolStrokeWidth=3,
        symbolSize=140,
    )
    return alt.Color("symbol:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=legend)


def numbers(base: alt.Chart, value: str, number: str) -> list[alt.Chart]:
    """The number at the end of each bar."""
    # A bar to the left carries its number on the left.
    text = base.encode(x=alt.X(f"{value}:Q"), text=alt.Text(f"{value}:Q", format=number))
    gains = text.mark_text(align="left", baseline="middle", dx=4, color=NEUTRAL).transform_filter(f"datum.{value} >= 0")
    losses = text.mark_text(align="right", baseline="middle", dx=-4, color=NEUTRAL).transform_filter(
        f"datum.{value} < 0"
    )
    return [gains, losses]


def zero() -> alt.Chart:
    """The line that bars start from."""
    rule: alt.Chart = alt.Chart().mark_rule(color=NEUTRAL).encode(x=alt.datum(0))
    return rule


def log_labels(low: float, high: float) -> list[float]:
    """Where the log axis of these values has labels and grid: at 1, 2 and 5, or at even steps where those are few."""
    steps = [step * 10.0**power for power in range(-4, 9) for step in (1, 2, 5)]
    values = [step for step in steps if low <= step <= high]
    if len(values) < FEWEST_LABELS:
        step = next((step for step in steps if (high - low) / step <= 2 * FEWEST_LABELS), steps[-1])
        values = [step * place for place in range(ceil(low / step), floor(high / step) + 1)]
    return values


def guides(*levels: float, axis: alt.Axis, scale: alt.Scale = EVERY_VALUE, dash: Sequence[int] = ()) -> alt.Chart:
    """Lines at some values, dashed or not; they carry the axis of their pane."""
    rule = alt.Chart(pl.DataFrame({"level": levels})).mark_rule(color=NEUTRAL, strokeDash=list(dash))
    lines: alt.Chart = rule.encode(y=alt.Y("level:Q", axis=axis, scale=scale))
    return lines
