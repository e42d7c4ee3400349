"""Candles, blue and hollow where the bar rose, orange and full where it fell; what happened to the shares marked below
them, and the volume.
"""

from collections.abc import Callable

import altair as alt
import polars as pl

from dashboards.charts.elements import ABOVE_TITLE, log_labels, title_above
from dashboards.charts.series import SAID_WEEK, WEEK
from dashboards.charts.zoom import Said, add_columns, bar_width, columns, zoomable
from dashboards.components.colours import FELL, MARKED, NEUTRAL, ROSE

PRICE_HEIGHT, VOLUME_HEIGHT = 400, 110
BETWEEN = 24  # pixels between the panes, for the title of the lower one
ROOM_FOR_MARKS = 22  # pixels below the lowest candle
LABEL_WIDTH = 46  # pixels: the same in all panes, so that a bar stands at one place
MARKS = {"dividend": "circle", "split": "triangle-up", "other": "diamond"}
PRICES = ("open", "high", "low", "close")
IN_THIS_WEEK = "In this week"


def weeks(frame: pl.DataFrame, *, title: str, currency: str, is_log: bool = False) -> alt.VConcatChart:
    """A candle per week above a column of its volume: no body without an open, no wick without a high or low, a dash at
    the close where all three are missing, as where they stand on two scales; nothing without a close.

    Shape:  frame (week_ending, open, high, low, close, volume, action, action_words), a row at least; all but the week
            may be null.
    Units:  prices in `currency`, volume in shares.
    """
    rows = _rows(frame)
    said = [
        SAID_WEEK,
        *(Said(name.capitalize(), f"{name.capitalize()} ({currency})", ",.2f") for name in PRICES),
        Said("Volume", "Volume (shares)", ",.0f"),
        Said(IN_THIS_WEEK, IN_THIS_WEEK),
    ]
    price = alt.layer(*_price(rows, title, is_log=is_log), *columns(rows, said, pane="price", has_labels=False))
    volume = alt.layer(*_volume(rows), *columns(rows, said, pane="volume"))
    panes = [price.properties(height=PRICE_HEIGHT), volume.properties(height=VOLUME_HEIGHT)]
    return zoomable(alt.vconcat(*panes, data=rows, spacing=BETWEEN), bars=rows.height)


def candles(
    base: alt.Chart, of_price: Callable[[str], alt.Y], *, low: str, high: str, width: alt.ExprRef
) -> list[alt.Chart]:
    """Wicks, and bodies from `body`, the open if it is known, to the close."""
    rose = "datum.Close >= datum.body"
    colour = alt.condition(rose, alt.value(ROSE), alt.value(FELL))
    # Not transparent: a wick would be seen through a body that is hollow.
    hollow = alt.value(alt.ExprRef("background"))
    wicks = base.mark_rule().encode(y=of_price(low), y2=f"{high}:Q", color=colour)
    bodies = base.mark_bar(size=width, strokeWidth=1).encode(
        y=of_price("body"),
        y2="Close:Q",
        stroke=colour,
        fill=alt.condition(rose, hollow, alt.value(FELL)),
    )
    return [wicks, bodies]


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    named = frame.select(
        pl.col("week_ending").alias(WEEK),
        *(pl.col(name).alias(name.capitalize()) for name in (*PRICES, "volume", "action")),
        pl.col("action_words").replace("", None).alias(IN_THIS_WEEK),
    )
    return add_columns(named, WEEK).with_columns(
        body=pl.coalesce("Open", "Close"),
        bottom=pl.coalesce("Low", pl.min_horizontal("Open", "Close")),
        top=pl.coalesce("High", pl.max_horizontal("Open", "Close")),
    )


def _price(rows: pl.DataFrame, title: str, *, is_log: bool) -> list[alt.Chart]:
    low, high = rows.select(pl.min("bottom"), pl.max("top")).row(0)
    labels = log_labels(low, high) if is_log and low else None
    kind = alt.Scale(type="log") if is_log else alt.Scale(zero=False)
    scale = alt.Scale(nice=False, padding=ROOM_FOR_MARKS, **kind.to_dict())
    axis = title_above(title, minExtent=LABEL_WIDTH, maxExtent=LABEL_WIDTH, values=labels)
    base = alt.Chart().encode(x=f"{WEEK}:T")

    def of_price(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=scale, axis=axis)

    drawn = candles(base, of_price, low="bottom", high="top", width=bar_width(rows))
    return [*drawn, *([_marks(base)] if rows["Action"].count() else [])]


def _volume(rows: pl.DataFrame) -> list[alt.Chart]:
    axis = title_above("Shares traded a week", ticks=3, format="~s", minExtent=LABEL_WIDTH, maxExtent=LABEL_WIDTH)
    base = alt.Chart().encode(x=f"{WEEK}:T", y=alt.Y("Volume:Q", axis=axis))
    bars = base.mark_bar(size=bar_width(rows), color=NEUTRAL, opacity=0.6)
    return [bars] if rows["Volume"].count() else []


def _marks(base: alt.Chart) -> alt.Chart:
    marks = base.transform_filter("isValid(datum.Action)").mark_point(
        filled=True, size=70, opacity=0.9, color=MARKED, yOffset=-9
    )
    shown: alt.Chart = marks.encode(
        y=alt.value("height"),
        shape=alt.Shape(
            "Action:N",
            scale=alt.Scale(domain=list(MARKS), range=list(MARKS.values())),
            legend=alt.Legend(title=None, orient="top", offset=ABOVE_TITLE, symbolFillColor=MARKED),
        ),
    )
    return shown
