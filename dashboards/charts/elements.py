"""What several charts are made of: sizes, axes, guides, the colour of a ticker."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

import altair as alt
import polars as pl

from dashboards.components.colours import NEUTRAL

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
WEEK = alt.Tooltip("week_ending:T", title="Week ending", format="%-d %b %Y")


def along_weeks() -> alt.X:
    """The axis of weeks; a date is a day everywhere, whatever the viewer's zone."""
    return alt.X("week_ending:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=TICKS, grid=False))


def title_above(title: str, *, ticks: int = 6, **options: Any) -> alt.Axis:
    """A value axis whose title stands level above it."""
    # A title that reads level needs no turned head, and no width on a phone.
    level: dict[str, Any] = {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": 0, "titleY": -14}
    return alt.Axis(title=title, tickCount=ticks, **level, **options)


def ticker_colour(colours: Mapping[str, str], symbol: str, *, legend_offset: int) -> alt.Color:
    """The encoding that gives each ticker its colour, and the legend that names them."""
    # Vega knows the width only in the browser, so it decides there how many names stand in a row.
    name_width = 44 + LETTER_WIDTH * max(map(len, colours), default=0)
    legend = alt.Legend(
        title=None,
        orient="top",
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


def level_line(level: float) -> alt.Chart:
    """A dashed guide at a value."""
    rule: alt.Chart = alt.Chart().mark_rule(color=NEUTRAL, strokeDash=[4, 4]).encode(y=alt.datum(level))
    return rule


def mark(weeks: pl.Series, week: date, words: str) -> list[alt.Chart]:
    """A dashed guide at a week, and what it stands for."""
    # The words stand on the side where there is room.
    is_early = (weeks < week).sum() < (weeks > week).sum()
    at = alt.Chart(pl.DataFrame({"week_ending": [week], "words": [words]})).encode(x="week_ending:T")
    rule = at.mark_rule(color=NEUTRAL, strokeDash=[4, 4])
    said = at.mark_text(align="left" if is_early else "right", dx=6 if is_early else -6, baseline="top", color=NEUTRAL)
    return [rule, said.encode(y=alt.value(0), text="words:N")]
