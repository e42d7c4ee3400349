"""One measure against another, a dot for each stock."""

from collections.abc import Mapping

import altair as alt
import polars as pl

from dashboards.charts.elements import TICKER, TICKS, Chart, guides, title_above

HEIGHT = 360
ROOM_FOR_NAMES = 24  # pixels on each side of the outermost dots


def measures(frame: pl.DataFrame, *, x: tuple[str, str], y: tuple[str, str], colours: Mapping[str, str]) -> Chart:
    """A dot per symbol with its name, in its colour.

    Shape:  frame (symbol, the two columns), a value in each; `x` and `y` are a column and its title with the unit.
    """
    (across, across_title), (up, up_title) = x, y
    shown = [
        TICKER,
        alt.Tooltip(f"{up}:Q", title=up_title, format="+.1f"),
        alt.Tooltip(f"{across}:Q", title=across_title, format=".1f"),
    ]
    scale = alt.Scale(zero=False, padding=ROOM_FOR_NAMES)
    axis = title_above(up_title)
    base = alt.Chart(frame.select("symbol", across, up)).encode(
        x=alt.X(f"{across}:Q", title=across_title, scale=scale, axis=alt.Axis(tickCount=TICKS, grid=False)),
        y=alt.Y(f"{up}:Q", scale=scale, axis=axis),
        color=alt.Color("symbol:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None),
        tooltip=shown,
    )
    dots = base.mark_point(filled=True, size=140, opacity=1)
    names = base.mark_text(dy=-13, fontWeight="bold").encode(text="symbol:N")
    lines = [guides(0, axis=axis, scale=scale, dash=[4, 4])] if frame[up].min() < 0 < frame[up].max() else []  # type: ignore[operator] # a column of numbers
    return alt.layer(*lines, dots, names).properties(height=HEIGHT)
