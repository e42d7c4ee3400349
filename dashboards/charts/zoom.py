"""What a chart along time needs to be zoomed and read: a column per bar that answers anywhere, and a brush.

The parameters stand on the columns of every pane, and on no other layer: Vega-Lite draws nothing, and warns in the
console alone, where two selections of a pane stand on layers of their own.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import altair as alt
import polars as pl

from dashboards.charts.elements import TICKS
from dashboards.components.colours import NEUTRAL
from dashboards.components.formats import MISSING
from dashboards.components.period import BRUSH, COLUMN, RESET

HOVER, COLUMN_END = "hover", "column_end"
MOST_COLUMNS = 1_500  # about one a pixel: more could not be pointed at
MOST_ELEMENTS = 600  # bars that are drawn as elements of the page
A_DAY = 86_400_000.0  # milliseconds, as Vega counts time
# A finger scrolls the page: on touch the control of the period is the way.
BY_MOUSE = "[pointerdown[event.pointerType === 'mouse'], window:pointerup] > window:pointermove!"


class Said(NamedTuple):
    """A line of the tooltip: a field, its name and unit in words, and the format of d3 for its values."""

    field: str
    words: str
    format: str

    @property
    def text(self) -> str:
        """The value as people read it, in Vega's language; a dash where there is none, which is not 0."""
        write = "utcFormat" if self.format.startswith("%") else "format"
        return f"isValid(datum.{self.field}) ? {write}(datum.{self.field}, '{self.format}') : '{MISSING}'"


def add_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Give each bar the time it stands for on the axis, halfway to its neighbours; null where it has no column.

    Shape:  (n, bar, …), sorted by the day `bar` -> and column_start, column_end; of more bars than `MOST_COLUMNS` every
            second, third … has one that covers the others.
    Units:  milliseconds since 1970, UTC.
    """
    at = pl.col("bar").cast(pl.Datetime("ms")).dt.epoch("ms").cast(pl.Float64)
    step = -(-max(frame.height, 1) // MOST_COLUMNS)
    shown = frame.with_columns(at=at).gather_every(step)
    half = (pl.col("at") - pl.col("at").shift(1)) / 2
    width = pl.coalesce(half.min(), A_DAY / 2)
    columns = shown.select(
        "bar",
        (pl.col("at") - pl.coalesce(half, width)).alias(COLUMN),
        (pl.col("at") + pl.coalesce(half.shift(-1), width)).alias(COLUMN_END),
    )
    return frame.join(columns, on="bar", how="left", maintain_order="left")


def along_time(field: str = "bar:T", *, has_labels: bool = False, **scale: Any) -> alt.X:
    """The axis of a pane, whose domain its columns say; a date is a day everywhere, whatever the viewer's zone."""
    axis = alt.Axis(tickCount=TICKS, grid=False, labels=has_labels, ticks=has_labels)
    return alt.X(field, title=None, scale=alt.Scale(type="utc", nice=False, padding=0, **scale), axis=axis)


def columns(frame: pl.DataFrame, said: Sequence[Said], *, pane: str, has_labels: bool) -> list[alt.Chart]:
    """The rule at the bar that is pointed at, and above all else the columns that answer: the last layers of a pane."""
    domain = [_moment(frame[COLUMN].min()), _moment(frame[COLUMN_END].max())]
    # The domain stands here: beside an x2 Vega-Lite would warn of two.
    rule = (
        alt.Chart()
        .mark_rule(color=NEUTRAL)
        .encode(x=along_time(has_labels=has_labels, domain=domain))
        .transform_filter({"param": HOVER, "empty": False})
    )
    is_covered = alt.selection_interval(BRUSH, empty=False)
    answering = (
        alt.Chart()
        .mark_rect(fill=NEUTRAL)
        .encode(
            x=along_time(f"{COLUMN}:T", has_labels=has_labels),
            x2=f"{COLUMN_END}:T",
            fillOpacity=alt.condition(is_covered, alt.value(0.18), alt.value(0)),
            tooltip=[alt.Tooltip(f"{line.field}_text:N", title=line.words) for line in said],
        )
        .transform_filter(f"isValid(datum.{COLUMN})")
        .transform_calculate(**{f"{line.field}_text": line.text for line in said})
        .properties(name=f"columns_{pane}")
    )
    return [rule, answering]


def zoomable(panes: alt.VConcatChart, *, bars: int) -> alt.VConcatChart:
    """Put hover, brush and reset on the columns of the panes, the last layer of each: one of each for all of them."""
    views = [pane.layer[-1].name for pane in panes.vconcat]  # Altair numbers the names when it stacks the panes
    point: dict[str, Any] = {"type": "point", "fields": [COLUMN]}
    selects: dict[str, dict[str, Any]] = {
        HOVER: point | {"on": "pointerover", "clear": "pointerout"},
        # Its own rectangle would be of one pane: the covered columns are shaded in all.
        BRUSH: {
            "type": "interval",
            "encodings": ["x"],
            "on": BY_MOUSE,
            "clear": False,
            "translate": False,
            "zoom": False,
        }
        | {"mark": {"fillOpacity": 0, "strokeOpacity": 0}},
        RESET: point | {"on": "dblclick", "toggle": False, "clear": False},
    }
    # By hand: Altair would put each of them on every layer of a pane.
    zoomed = panes.copy()
    zoomed.params = [
        alt.TopLevelSelectionParameter(name=name, select=select, views=views) for name, select in selects.items()
    ]
    # One picture for as many marks as these; an element each takes twice as long to draw.
    zoomed.usermeta = {"embedOptions": {"renderer": "canvas"}} if bars > MOST_ELEMENTS else alt.Undefined
    zoomed.autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    return zoomed


def _moment(milliseconds: Any) -> alt.DateTime:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return alt.DateTime(year=at.year, month=at.month, date=at.day, hours=at.hour, minutes=at.minute, utc=True)
