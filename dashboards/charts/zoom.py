"""What a chart along time needs to be zoomed and read: a column per bar that answers anywhere, and a brush.

The parameters stand on the columns of every pane, and on no other layer: Vega-Lite draws nothing, and warns in the
console alone, where two selections of a pane stand on layers of their own.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

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
POINTED_AT = {"param": HOVER, "empty": False}  # as a filter: the bar that is pointed at
IN_ITS_COLUMN = f"isDefined({HOVER}.{COLUMN}) && datum.{COLUMN} == {HOVER}.{COLUMN}[0]"  # … or the cell in it
# The covered columns are those that the drag touched, from the one where it began to the one where it ended.
IS_COVERED = (
    f"isDefined({BRUSH}.{COLUMN}) && datum.{COLUMN_END} > {BRUSH}.{COLUMN}[0] && datum.{COLUMN} < {BRUSH}.{COLUMN}[1]"
)


Zoomed = TypeVar("Zoomed", alt.VConcatChart, alt.LayerChart)


class Said(NamedTuple):
    """A line of the tooltip: a field, its name and unit in words, and the format of d3 for its values, if any."""

    field: str
    words: str
    format: str = ""

    @property
    def text(self) -> str:
        """The value as people read it, in Vega's language; a dash where there is none, which is not 0."""
        value = f"datum[{json.dumps(self.field)}]"
        write = "utcFormat" if self.format.startswith("%") else "format"
        written = f"{write}({value}, '{self.format}')" if self.format else value
        return f"isValid({value}) ? {written} : '{MISSING}'"


def add_columns(frame: pl.DataFrame, time: str, *, most: int = MOST_COLUMNS) -> pl.DataFrame:
    """Give each bar the time it stands for on the axis, halfway to its neighbours; null where it has no column.

    Shape:  (n, …), sorted by the day `time` -> and column_start, column_end; of more bars than `most` every
            second, third … has one that covers the others.
    Units:  milliseconds since 1970, UTC.
    """
    at = pl.col(time).cast(pl.Datetime("ms")).dt.epoch("ms").cast(pl.Float64)
    step = -(-max(frame.height, 1) // most)
    shown = frame.with_columns(at=at).gather_every(step)
    half = (pl.col("at") - pl.col("at").shift(1)) / 2
    width = pl.coalesce(half.min(), A_DAY / 2)
    columns = shown.select(
        time,
        (pl.col("at") - pl.coalesce(half, width)).alias(COLUMN),
        (pl.col("at") + pl.coalesce(half.shift(-1), width)).alias(COLUMN_END),
    )
    return frame.join(columns, on=time, how="left", maintain_order="left")


def bar_width(rows: pl.DataFrame) -> alt.ExprRef:
    """The width of a drawn bar: two thirds of the narrowest column."""
    columns_of = rows.select((pl.col(COLUMN_END) - pl.col(COLUMN)).min() / (pl.max(COLUMN_END) - pl.min(COLUMN)))
    return alt.ExprRef(f"max(1, min(11, 0.66 * width * {columns_of.item() or 1}))")


def columns(
    frame: pl.DataFrame,
    said: Sequence[Said],
    *,
    pane: str,
    has_labels: bool = True,
    has_brush: bool = True,
    cells: alt.Chart | None = None,
) -> list[alt.Chart]:
    """The rule at the bar that is pointed at, and above all else the columns that answer: the last layers of a pane.

    The first line that is `said` names the time of the bar. `cells` divide each column from bottom to top.
    """
    domain = [_moment(frame[COLUMN].min()), _moment(frame[COLUMN_END].max())]
    # The domain stands here: beside an x2 Vega-Lite would warn of two.
    rule = (
        alt.Chart()
        .mark_rule(color=NEUTRAL)
        .encode(x=_along_time(said[0].field, has_labels=has_labels, domain=domain))
        .transform_filter(POINTED_AT if cells is None else IN_ITS_COLUMN)
    )
    answering = (
        (alt.Chart() if cells is None else cells)
        .mark_rect(fill=NEUTRAL)
        .encode(
            x=_along_time(COLUMN, has_labels=has_labels),
            x2=f"{COLUMN_END}:T",
            fillOpacity=alt.condition(IS_COVERED, alt.value(0.18), alt.value(0)) if has_brush else alt.value(0),
            tooltip=[alt.Tooltip(f"said_{place}:N", title=line.words) for place, line in enumerate(said)],
        )
        .transform_filter(f"isValid(datum.{COLUMN})")
        .transform_calculate(**{f"said_{place}": line.text for place, line in enumerate(said)})
        .properties(name=f"columns_{pane}")
    )
    return [rule, answering]


def zoomable(chart: Zoomed, *, bars: int, has_brush: bool = True, also: Sequence[str] = ()) -> Zoomed:
    """Put hover, brush and reset on the columns of each pane of this chart, its last layer: one of each for all.

    What is pointed at is a column, and what `also` names of its cells.
    """
    panes = chart.vconcat if isinstance(chart, alt.VConcatChart) else [chart]
    views = [pane.layer[-1].name for pane in panes]  # Altair numbers the names when it stacks the panes
    point: dict[str, Any] = {"type": "point", "fields": [COLUMN]}
    hover = point | {"fields": [COLUMN, *also], "on": "pointerover", "clear": "pointerout"}
    selects: dict[str, dict[str, Any]] = {HOVER: hover}
    if has_brush:
        # Its own rectangle would be of one pane: the covered columns are shaded in all.
        interval = {"type": "interval", "encodings": ["x"], "mark": {"fillOpacity": 0, "strokeOpacity": 0}}
        fixed = {"clear": False, "translate": False, "zoom": False}
        selects[BRUSH] = interval | fixed | {"on": BY_MOUSE}
        selects[RESET] = point | {"on": "dblclick", "toggle": False, "clear": False}
    # By hand: Altair would put each of them on every layer of a pane.
    chart.params = [
        alt.TopLevelSelectionParameter(name=name, select=select, views=views) for name, select in selects.items()
    ]
    # One picture for as many marks as these; an element each takes twice as long to draw.
    chart.usermeta = {"embedOptions": {"renderer": "canvas"}} if bars > MOST_ELEMENTS else alt.Undefined
    chart.autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    return chart


def _along_time(field: str, *, has_labels: bool, **scale: Any) -> alt.X:
    """The axis of a pane, whose domain its columns say; a date is a day everywhere, whatever the viewer's zone."""
    axis = alt.Axis(tickCount=TICKS, grid=False, labels=has_labels, ticks=has_labels)
    scaled = alt.Scale(type="utc", nice=False, padding=0, **scale)
    return alt.X(field=field, type="temporal", title=None, scale=scaled, axis=axis)


def _moment(milliseconds: Any) -> alt.DateTime:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return alt.DateTime(year=at.year, month=at.month, date=at.day, hours=at.hour, minutes=at.minute, utc=True)
