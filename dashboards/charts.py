"""Frame to chart: pure functions. Colours come from `colours`, units stand on the axes."""

from collections.abc import Mapping
from datetime import date
from typing import TypeAlias

import altair as alt
import polars as pl

from dashboards.colours import NEUTRAL

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
) -> Chart:
    """A line per symbol over the weeks, one tooltip for all of them.

    Shape:  frame (symbol, week_ending, `value`); `marked` is a week and what it stands for, `level` a guide line.
    """
    nearest = alt.selection_point(
        fields=["week_ending"], nearest=True, on="pointerover", clear="pointerout", empty=False
    )
    scale = alt.Scale(type="log", nice=False) if is_log else alt.Scale(zero=has_zero)
    along = alt.X("week_ending:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=TICKS, grid=False))
    curves = (
        alt.Chart(frame.select("symbol", "week_ending", value).drop_nulls())
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=along,
            y=alt.Y(f"{value}:Q", scale=scale, axis=_title_above(title)),
            color=_colour(colours, "stroke", legend_offset=ABOVE_TITLE),
        )
    )
    points = curves.mark_point(filled=True, size=50, opacity=1).transform_filter(nearest)
    guides = [_level(level)] if level is not None else []
    guides += _mark(frame["week_ending"], *marked) if marked else []
    return alt.layer(*guides, curves, points, _hover(frame, value, list(colours), nearest)).properties(height=HEIGHT)


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
    place = alt.Y(
        "horizon:N", sort=list(horizons.values()), title=None, axis=alt.Axis(grid=False, ticks=False, domain=False)
    )
    base = alt.Chart(long).encode(y=place, yOffset=alt.YOffset("symbol:N", sort=list(colours), scale=GAPS))
    bars = base.mark_bar(height=WHOLE_BAND).encode(
        x=alt.X(
            "return_pct:Q",
            title="Total return (%)",
            scale=alt.Scale(padding=ROOM_FOR_NUMBERS),
            axis=alt.Axis(tickCount=TICKS),
        ),
        color=_colour(colours, "square", legend_offset=6),
        tooltip=[
            alt.Tooltip("symbol:N", title="Ticker"),
            alt.Tooltip("horizon:N", title="Over"),
            alt.Tooltip("return_pct:Q", title="Return (%)", format="+.2f"),
        ],
    )
    height = AROUND + len(horizons) * (len(colours) * BAR_HEIGHT + 14)
    return alt.layer(bars, *_numbers(base, "return_pct"), _zero()).properties(height=height)


def ranking(frame: pl.DataFrame, *, name: str, value: str, title: str) -> Chart:
    """A bar per row in the order of the frame, in no ticker's colour.

    Shape:  frame (`name`, `value` in percent).
    """
    base = alt.Chart(frame.select(name, value).drop_nulls()).encode(
        y=alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=150))
    )
    bars = base.mark_bar(color=NEUTRAL, height=18).encode(
        x=alt.X(f"{value}:Q", title=title, scale=alt.Scale(padding=ROOM_FOR_NUMBERS), axis=alt.Axis(tickCount=TICKS)),
        tooltip=[
            alt.Tooltip(f"{name}:N", title=name.capitalize()),
            alt.Tooltip(f"{value}:Q", title=title, format="+.2f"),
        ],
    )
    return alt.layer(bars, *_numbers(base, value), _zero()).properties(height=70 + 34 * frame.height)


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
            y=alt.Y(f"{value}:Q", axis=_title_above(title)),
            color=_colour(colours, "square", legend_offset=ABOVE_TITLE),
            opacity=alt.condition("datum.is_complete_year", alt.value(1), alt.value(0.45)),
            tooltip=[
                alt.Tooltip("symbol:N", title="Ticker"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip(f"{value}:Q", title=title, format=",.4f"),
            ],
        )
    )
    return alt.layer(bars).properties(height=320)


def _numbers(base: alt.Chart, value: str) -> list[alt.Chart]:
    # A bar to the left carries its number on the left.
    text = base.encode(x=alt.X(f"{value}:Q"), text=alt.Text(f"{value}:Q", format="+.1f"))
    gains = text.mark_text(align="left", baseline="middle", dx=4, color=NEUTRAL).transform_filter(f"datum.{value} >= 0")
    losses = text.mark_text(align="right", baseline="middle", dx=-4, color=NEUTRAL).transform_filter(
        f"datum.{value} < 0"
    )
    return [gains, losses]


def _zero() -> alt.Chart:
    rule: alt.Chart = alt.Chart().mark_rule(color=NEUTRAL).encode(x=alt.datum(0))
    return rule


def _colour(colours: Mapping[str, str], symbol: str, *, legend_offset: int) -> alt.Color:
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


def _title_above(title: str) -> alt.Axis:
    # A title that reads level needs no turned head, and no width on a phone.
    return alt.Axis(title=title, titleAngle=0, titleAlign="left", titleAnchor="end", titleX=0, titleY=-14, tickCount=6)


def _level(level: float) -> alt.Chart:
    rule: alt.Chart = alt.Chart().mark_rule(color=NEUTRAL, strokeDash=[4, 4]).encode(y=alt.datum(level))
    return rule


def _mark(weeks: pl.Series, week: date, words: str) -> list[alt.Chart]:
    # The words stand on the side where there is room.
    is_early = (weeks < week).sum() < (weeks > week).sum()
    at = alt.Chart(pl.DataFrame({"week_ending": [week], "words": [words]})).encode(x="week_ending:T")
    rule = at.mark_rule(color=NEUTRAL, strokeDash=[4, 4])
    said = at.encode(y=alt.value(0), text="words:N")
    if is_early:
        return [rule, said.mark_text(align="left", dx=6, baseline="top", color=NEUTRAL)]
    return [rule, said.mark_text(align="right", dx=-6, baseline="top", color=NEUTRAL)]


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
