"""Charts that compare lengths: a bar per stock, sector, year or class."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from dashboards.charts.elements import (
    ABOVE_TITLE,
    AROUND,
    BAR_HEIGHT,
    GAPS,
    LETTER_WIDTH,
    ROOM_FOR_NUMBERS,
    TICKER,
    TICKS,
    WHOLE_BAND,
    Chart,
    numbers,
    ticker_colour,
    title_above,
    zero,
)
from dashboards.components.colours import MARKED, NEUTRAL, SHADES
from dashboards.components.formats import number as as_text

ROOM_SHARE = 0.12  # of a ranking's width, beyond its longest bar
LEGEND_ROW = 18  # pixels
DASHES = [[2, 3], [1, 0], [7, 4]]  # of the guides in a histogram, from the first


def returns(frame: pl.DataFrame, *, colours: Mapping[str, str], horizons: Mapping[str, str]) -> Chart:
    """A group of bars per horizon, a bar per symbol.

    Shape:  frame (symbol, one column of percents per horizon); `horizons` maps column to words.
    """
    long = (
        frame.select("symbol", *horizons)
        .unpivot(index="symbol", variable_name="horizon", value_name="return_pct")
        .with_columns(pl.col("horizon").replace_strict(dict(horizons)))
        .drop_nulls("return_pct")
    )
    groups = alt.Y(
        "horizon:N", sort=list(horizons.values()), title=None, axis=alt.Axis(grid=False, ticks=False, domain=False)
    )
    base = alt.Chart(long).encode(y=groups, yOffset=alt.YOffset("symbol:N", sort=list(colours), scale=GAPS))
    bars = base.mark_bar(height=WHOLE_BAND).encode(
        x=alt.X(
            "return_pct:Q",
            title="Total return (%)",
            scale=alt.Scale(padding=ROOM_FOR_NUMBERS),
            axis=alt.Axis(tickCount=TICKS),
        ),
        color=ticker_colour(colours, "square", legend_offset=6),
        tooltip=[
            TICKER,
            alt.Tooltip("horizon:N", title="Over"),
            alt.Tooltip("return_pct:Q", title="Return (%)", format="+.2f"),
        ],
    )
    height = AROUND + len(horizons) * (len(colours) * BAR_HEIGHT + 14)
    return alt.layer(bars, *numbers(base, "return_pct", "+.1f"), zero()).properties(height=height)


def ranking(frame: pl.DataFrame, *, name: str, value: str, title: str, is_signed: bool = True) -> Chart:
    """A bar per row in the order of the frame, in no ticker's colour.

    Shape:  frame (`name`, `value` in percent).
    """
    shown = frame.select(name, value).drop_nulls()
    base = alt.Chart(shown).encode(
        y=alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=150))
    )
    number = "+.1f" if is_signed else ".1f"
    bars = base.mark_bar(color=NEUTRAL, height=18).encode(
        x=alt.X(
            f"{value}:Q",
            title=title,
            scale=alt.Scale(domain=_with_room(shown[value]), nice=False),
            axis=alt.Axis(tickCount=TICKS),
        ),
        tooltip=[
            alt.Tooltip(f"{name}:N", title=name.capitalize()),
            alt.Tooltip(f"{value}:Q", title=title, format=number),
        ],
    )
    return alt.layer(bars, *numbers(base, value, number), zero()).properties(height=70 + 34 * shown.height)


def columns(frame: pl.DataFrame, *, value: str, title: str, colours: Mapping[str, str]) -> Chart:
    """A group of columns per year, a column per symbol.

    Shape:  frame (symbol, year, is_complete_year, `value`); a year that is not whole is pale.
    """
    bars = (
        alt.Chart(frame.select("symbol", "year", "is_complete_year", value))
        .mark_bar(width=WHOLE_BAND)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            xOffset=alt.XOffset("symbol:N", sort=list(colours), scale=GAPS),
            y=alt.Y(f"{value}:Q", axis=title_above(title)),
            color=ticker_colour(colours, "square", legend_offset=ABOVE_TITLE),
            opacity=alt.condition("datum.is_complete_year", alt.value(1), alt.value(0.45)),
            tooltip=[
                TICKER,
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip(f"{value}:Q", title=title, format=",.4f"),
            ],
        )
    )
    return alt.layer(bars).properties(height=320)


def histogram(
    frame: pl.DataFrame, *, title: str, counted: str, width: float, marked: Mapping[str, float | None]
) -> Chart:
    """How often each class of values occurs, with guides at some values, named above with their number.

    Shape:  frame (from_value, rows), a class each, `width` wide; `marked` maps words to values.
    """
    bins = frame.select("from_value", "rows").with_columns(to_value=pl.col("from_value") + width)
    bars = (
        alt.Chart(bins)
        .mark_bar(color=NEUTRAL, binSpacing=1)
        .encode(
            x=alt.X("from_value:Q", bin="binned", title=title, axis=alt.Axis(tickCount=TICKS, grid=False)),
            x2="to_value:Q",
            y=alt.Y("rows:Q", axis=title_above(counted, format="d", tickMinStep=1)),
            tooltip=[
                alt.Tooltip("from_value:Q", title="From", format=".1f"),
                alt.Tooltip("to_value:Q", title="To below", format=".1f"),
                alt.Tooltip("rows:Q", title=counted, format=",d"),
            ],
        )
    )
    known = {f"{words}: {as_text(value, 1)}": value for words, value in marked.items() if value is not None}
    return alt.layer(bars, *([_dashed(known)] if known else [])).properties(height=300)


def stacks(
    frame: pl.DataFrame,
    *,
    name: str,
    part: str,
    value: str,
    title: str,
    order: Sequence[str] | None = None,
    limit: float | None = None,
) -> Chart:
    """A bar per row name, split into parts by shade; a dashed line at the limit that a whole bar may reach.

    Shape:  frame (`name`, `part`, `value`).
    """
    parts = frame[part].unique().sort().to_list()
    name_width = 36 + LETTER_WIDTH * max(map(len, parts), default=0)
    in_rows = alt.ExprRef(f"max(1, floor(width / {name_width}))")
    legend = alt.Legend(title=None, orient="top", columns=in_rows, labelLimit=0)  # no part's name is cut off
    bars = (
        alt.Chart(frame.select(name, part, value))
        .mark_bar(height=alt.RelativeBandSize(0.75))
        .encode(
            y=alt.Y(f"{name}:N", title=None, sort=order, axis=alt.Axis(ticks=False, domain=False, labelLimit=170)),
            x=alt.X(f"sum({value}):Q", title=title, axis=alt.Axis(tickCount=TICKS, format="d", tickMinStep=1)),
            color=alt.Color(
                f"{part}:N",
                scale=alt.Scale(domain=parts, range=_far_apart(len(parts))),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip(f"{name}:N", title=name.capitalize()),
                alt.Tooltip(f"{part}:N", title=part.capitalize()),
                alt.Tooltip(f"sum({value}):Q", title=title, format=",d"),
            ],
        )
    )
    # On a phone the legend stands in two columns.
    height = AROUND + 36 * frame[name].n_unique() + LEGEND_ROW * (len(parts) // 2)
    line = alt.Chart().mark_rule(color=NEUTRAL, strokeDash=[4, 4]).encode(x=alt.datum(limit))
    return alt.layer(bars, *([line] if limit is not None else [])).properties(height=height)


def _far_apart(number: int) -> list[str]:
    last = len(SHADES) - 1
    return [SHADES[round(part * last / max(number - 1, 1)) % len(SHADES)] for part in range(number)]


def _dashed(values: Mapping[str, float]) -> alt.Chart:
    # Named in a legend: words beside the lines stand on each other where a window is narrow.
    rows = pl.DataFrame({"value": list(values.values()), "words": list(values)})
    in_rows = alt.ExprRef(f"max(1, floor(width / {56 + LETTER_WIDTH * max(map(len, values))}))")
    line: dict[str, Any] = {"symbolType": "stroke", "symbolSize": 600, "symbolStrokeColor": MARKED}
    legend = alt.Legend(title=None, orient="top", offset=ABOVE_TITLE, columns=in_rows, labelLimit=0, **line)
    dash = alt.StrokeDash("words:N", scale=alt.Scale(domain=list(values), range=DASHES), legend=legend)
    rules: alt.Chart = alt.Chart(rows).mark_rule(color=MARKED, strokeWidth=2).encode(x="value:Q", strokeDash=dash)
    return rules


def _with_room(values: pl.Series) -> list[float]:
    # For the numbers at the ends of the bars; none where no bar goes.
    low = min(float(values.to_numpy().min(initial=0)), 0)
    high = max(float(values.to_numpy().max(initial=0)), 0)
    room = ROOM_SHARE * ((high - low) or 1)
    return [low - room if low < 0 else 0, high + room if high > 0 or low == 0 else 0]
