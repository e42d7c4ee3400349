"""Weekly candles, hollow where the week rose, what happened to the shares marked below them, and the volume."""

import altair as alt
import polars as pl

from dashboards.charts.elements import ABOVE_TITLE, WEEK, Chart, along_weeks, title_above
from dashboards.components.colours import MARKED, NEUTRAL

PRICE_HEIGHT, VOLUME_HEIGHT = 400, 150
ROOM_FOR_MARKS = 22  # pixels below the lowest candle
LABEL_WIDTH = 44  # pixels: the same in both charts, so that a week stands at one place
MARKS = {"dividend": "circle", "split": "triangle-up", "other": "diamond"}
IN_THIS_WEEK = alt.Tooltip("action_words:N", title="In this week")
PRICES = ("open", "high", "low", "close")


def prices(frame: pl.DataFrame, *, title: str, is_log: bool = False) -> Chart:
    """A candle per week of what is known: no body without an open, no wick without a high or low, a dash at the close
    where all three are missing, as where they stand on two scales; nothing without a close.

    Shape:  frame (week_ending, open, high, low, close, action, action_words); all but the week may be null.
    """
    rows = frame.select("week_ending", *PRICES, "action", "action_words").with_columns(
        body=pl.coalesce("open", "close"),
        bottom=pl.coalesce("low", pl.min_horizontal("open", "close")),
        top=pl.coalesce("high", pl.max_horizontal("open", "close")),
        is_up=pl.col("close") >= pl.coalesce("open", "close"),
    )
    scale = alt.Scale(type="log" if is_log else "linear", nice=False, zero=False, padding=ROOM_FOR_MARKS)
    axis = title_above(title, minExtent=LABEL_WIDTH, maxExtent=LABEL_WIDTH)
    shown = [WEEK, *(alt.Tooltip(f"{name}:Q", title=name.capitalize(), format=",.2f") for name in PRICES), IN_THIS_WEEK]
    base = alt.Chart(rows).encode(x=along_weeks(), tooltip=shown)
    wicks = base.mark_rule(color=NEUTRAL).encode(y=alt.Y("bottom:Q", scale=scale, axis=axis), y2="top:Q")
    bodies = base.mark_bar(size=_width(rows), stroke=NEUTRAL, strokeWidth=1).encode(
        y=alt.Y("body:Q", scale=scale),
        y2="close:Q",
        fill=alt.condition("datum.is_up", alt.value("transparent"), alt.value(NEUTRAL)),
    )
    marks = [_marks(rows)] if rows["action"].count() else []
    return alt.layer(wicks, bodies, *marks).properties(height=PRICE_HEIGHT)


def volume(frame: pl.DataFrame, *, title: str) -> Chart:
    """A column per week, under its candle.

    Shape:  frame (week_ending, volume).
    """
    rows = frame.select("week_ending", "volume")
    axis = title_above(title, ticks=3, format="~s", minExtent=LABEL_WIDTH, maxExtent=LABEL_WIDTH)
    bars = (
        alt.Chart(rows)
        .mark_bar(size=_width(rows), color=NEUTRAL, opacity=0.6)
        .encode(
            x=along_weeks(),
            y=alt.Y("volume:Q", axis=axis),
            tooltip=[WEEK, alt.Tooltip("volume:Q", title="Volume", format=",.0f")],
        )
    )
    return alt.layer(bars).properties(height=VOLUME_HEIGHT)


def _marks(rows: pl.DataFrame) -> alt.Chart:
    marks = alt.Chart(rows.drop_nulls("action")).mark_point(filled=True, size=70, opacity=0.9, color=MARKED, yOffset=-9)
    shown: alt.Chart = marks.encode(
        x=along_weeks(),
        y=alt.value("height"),
        shape=alt.Shape(
            "action:N",
            scale=alt.Scale(domain=list(MARKS), range=list(MARKS.values())),
            legend=alt.Legend(title=None, orient="top", offset=ABOVE_TITLE, symbolFillColor=MARKED),
        ),
        tooltip=[WEEK, IN_THIS_WEEK],
    )
    return shown


def _width(rows: pl.DataFrame) -> alt.ExprRef:
    return alt.ExprRef(f"max(1, min(9, 0.65 * width / {max(rows.height, 1)}))")
