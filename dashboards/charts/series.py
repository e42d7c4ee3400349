"""Charts along the weeks."""

from collections.abc import Mapping, Sequence
from datetime import date

import altair as alt
import polars as pl

from dashboards.charts.elements import (
    ABOVE_TITLE,
    HEIGHT,
    TICKER,
    TICKS,
    WEEK,
    Chart,
    along_weeks,
    level_line,
    mark,
    ticker_colour,
    title_above,
)
from dashboards.components.colours import MARKED, NEUTRAL


def lines(
    frame: pl.DataFrame,
    *,
    value: str,
    title: str,
    colours: Mapping[str, str],
    is_log: bool = False,
    has_zero: bool = False,
    marked: tuple[date, str] | None = None,
    level: float | None = None,
    below: str | None = None,
    height: int = HEIGHT,
) -> Chart:
    """A line per symbol over the weeks, one tooltip for all of them.

    Shape:  frame (symbol, week_ending, `value`); `marked` is a week and what it stands for, `level` a guide line,
            `below` the symbol whose line is broad and pale, so that it is seen below another that covers it.
    """
    nearest = alt.selection_point(
        fields=["week_ending"], nearest=True, on="pointerover", clear="pointerout", empty=False
    )
    scale = alt.Scale(type="log", nice=False) if is_log else alt.Scale(zero=has_zero)
    curves = (
        alt.Chart(frame.select("symbol", "week_ending", value).drop_nulls())
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=along_weeks(),
            y=alt.Y(f"{value}:Q", scale=scale, axis=title_above(title)),
            color=ticker_colour(colours, "stroke", legend_offset=ABOVE_TITLE),
        )
    )
    points = curves.mark_point(filled=True, size=50, opacity=1).transform_filter(nearest)
    curves = _broaden(curves, below) if below else curves
    guides = [level_line(level)] if level is not None else []
    guides += mark(frame["week_ending"], *marked) if marked else []
    return alt.layer(*guides, curves, points, _hover(frame, value, list(colours), nearest)).properties(height=height)


def points(
    frame: pl.DataFrame, *, value: str, title: str, colours: Mapping[str, str], levels: Sequence[float]
) -> Chart:
    """A point per symbol and week; what lies beyond the outer `levels` stands out by its size.

    Shape:  frame (symbol, week_ending, `value`).
    """
    is_unusual = " || ".join(f"datum.{value} {'<' if level < 0 else '>'} {level}" for level in levels if level)
    dots = (
        alt.Chart(frame.select("symbol", "week_ending", value).drop_nulls())
        .mark_point(filled=True, opacity=0.85)
        .encode(
            x=along_weeks(),
            y=alt.Y(f"{value}:Q", axis=title_above(title)),
            color=ticker_colour(colours, "circle", legend_offset=ABOVE_TITLE),
            size=alt.condition(is_unusual, alt.value(110), alt.value(28)),
            tooltip=[
                TICKER,
                WEEK,
                alt.Tooltip(f"{value}:Q", title=title, format="+.2f"),
            ],
        )
    )
    return alt.layer(*map(level_line, levels), dots).properties(height=HEIGHT - 110)


def breadth(frame: pl.DataFrame) -> Chart:
    """How many stocks rose (upwards, full) and fell (downwards, pale) in each week.

    Shape:  frame (week_ending, advancing, declining).
    """
    tooltip = [
        WEEK,
        alt.Tooltip("advancing:Q", title="Stocks up"),
        alt.Tooltip("declining:Q", title="Stocks down"),
    ]
    rows = frame.select("week_ending", "advancing", "declining").with_columns(fallen=-pl.col("declining"))
    bars = alt.Chart(rows).encode(x=along_weeks(), tooltip=tooltip)
    axis = title_above("Stocks that rose (up, full) and fell (down, pale)")
    width = alt.ExprRef(f"max(1, 0.7 * width / {max(frame.height, 1)})")
    up = bars.mark_bar(color=NEUTRAL, size=width).encode(y=alt.Y("advancing:Q", axis=axis))
    down = bars.mark_bar(color=NEUTRAL, opacity=0.4, size=width).encode(y=alt.Y("fallen:Q"))
    base: alt.Chart = alt.Chart().mark_rule(color=NEUTRAL).encode(y=alt.datum(0))
    return alt.layer(up, down, base).properties(height=240)


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


def _broaden(curves: alt.Chart, symbol: str) -> alt.Chart:
    is_below = f"datum.symbol == {symbol!r}"
    broad: alt.Chart = curves.encode(
        size=alt.condition(is_below, alt.value(8), alt.value(2)),
        strokeOpacity=alt.condition(is_below, alt.value(0.5), alt.value(1)),
    )
    return broad


def _hover(frame: pl.DataFrame, value: str, symbols: list[str], nearest: alt.Parameter) -> alt.Chart:
    # Columns are numbered, because Vega reads the dot in BRK.B as a path.
    names = {symbol: f"value_{number}" for number, symbol in enumerate(symbols)}
    wide = (
        frame.select("week_ending", value, pl.col("symbol").replace_strict(names))
        .pivot("symbol", index="week_ending", values=value)
        .sort("week_ending")
        .with_columns(week=pl.col("week_ending").dt.strftime("%-d %b %Y"))
    )
    shown = [
        alt.Tooltip(f"{column}:Q", title=symbol, format=",.2f") for symbol, column in names.items() if column in wide
    ]
    rule: alt.Chart = (
        alt.Chart(wide)
        .mark_rule(color=NEUTRAL)
        .encode(
            x="week_ending:T",
            opacity=alt.condition(nearest, alt.value(1), alt.value(0)),
            tooltip=[alt.Tooltip("week:N", title="Week ending"), *shown],
        )
        .add_params(nearest)
    )
    return rule
