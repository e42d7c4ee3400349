"""Charts of a value per row and column, by colour and by number."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from dashboards.charts.elements import Chart
from dashboards.components.colours import heat_colours

CELL_HEIGHT = 42
WIDEST_NUMBER = 42  # pixels of a number with a sign and a decimal
NARROWEST = 20  # pixels of a cell that still holds a number


def heat_map(
    frame: pl.DataFrame,
    *,
    row: str,
    column: str,
    value: str,
    title: str,
    most: float,
    number: str,
    narrow_number: str | None = None,
    columns: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    cell_height: int = CELL_HEIGHT,
) -> Chart:
    """A cell per row and column: orange below zero, blue above, its number on it.

    Shape:  frame (`row`, `column`, `value`); `most` is the value of the strongest colour, `number` a d3 format, also of
            cells narrower than one of its numbers unless `narrow_number` says otherwise; the narrowest hold none.
    """
    colours = heat_colours()
    base = alt.Chart(frame.select(row, column, value).drop_nulls()).encode(
        x=alt.X(f"{column}:O", title=None, sort=columns, axis=alt.Axis(orient="top", labelAngle=0, domain=False)),
        y=alt.Y(f"{row}:O", title=None, sort=rows, axis=alt.Axis(ticks=False, domain=False, labelLimit=150)),
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            f"{value}:Q",
            scale=alt.Scale(domain=[-most, 0, most], range=[*colours[:3]], clamp=True, interpolate="rgb"),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip(f"{row}:O", title=row.replace("_", " ").capitalize()),
            alt.Tooltip(f"{column}:O", title=column.replace("_", " ").capitalize()),
            alt.Tooltip(f"{value}:Q", title=title, format=number),
        ],
    )
    is_wide = f"width > {WIDEST_NUMBER * frame[column].n_unique()}"
    written = [f"format(datum.{value}, '{each}')" for each in (number, narrow_number or number)]
    is_too_narrow = f"width < {NARROWEST * frame[column].n_unique()}"
    text = alt.ExprRef(f"{is_wide} ? {written[0]} : {is_too_narrow} ? '' : {written[1]}")
    said = base.mark_text(color=colours.ink, baseline="middle", text=text)
    return alt.layer(cells, said).properties(height=40 + cell_height * frame[row].n_unique())
