"""A benchmark beside the lines of a page, and the figures against it."""

from collections.abc import Mapping
from datetime import date

import altair as alt
import polars as pl
import streamlit as st

from dashboards.charts import series
from dashboards.components import formats, tables
from dashboards.components.colours import NEUTRAL
from dashboards.components.footnote import STAMPS, footnote
from dashboards.components.period import Period
from dashboards.queries.benchmark import Benchmark
from dashboards.queries.compare import with_stamps
from dashboards.queries.publication import Publication
from include.serving.benchmark import FEWEST_OTHERS, compute_benchmark_figures, compute_rolling_figures

ROLLING = {"Beta": "beta", "Correlation": "correlation"}
LEVELS = {"beta": 1.0, "correlation": 0.0}  # as much as the benchmark; nothing in common
RETURN = ("benchmark_return_pct", "excess_return_pct", "alpha_pct", "beta", "correlation")
ACTIVE = ("tracking_error_pct", "information_ratio", "up_capture_pct", "down_capture_pct")


def growth(
    lines: pl.DataFrame, benchmark: Benchmark | None, colours: Mapping[str, str], *, base_week: date, is_log: bool
) -> alt.LayerChart:
    """What 100 of the base week became, also in the benchmark where there is one that is no line already.

    Shape:  lines (symbol, week_ending, growth_of_100).
    """
    if benchmark and benchmark.name not in colours:
        lines, colours = _with_line(lines, benchmark, colours, base_week=base_week)
    base, of = formats.day(base_week), "growth_of_100"
    title = f"Total return, 100 = {base}"
    return series.lines(lines, value=of, title=title, colours=colours, unit=f"100 = {base}", is_log=is_log, level=100)


def _with_line(
    lines: pl.DataFrame, benchmark: Benchmark, colours: Mapping[str, str], *, base_week: date
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Add the benchmark's line, where it is known, and its colour, which is no stock's."""
    index = pl.col("total_return_index")
    line = benchmark.series(base_week=base_week).select(
        pl.lit(benchmark.label).alias("symbol"), "week_ending", growth_of_100=100 * index / index.first()
    )
    return pl.concat([lines, line]), dict(colours) | ({} if line.is_empty() else {benchmark.label: NEUTRAL})


def figures(
    published: Publication,
    weeks: pl.DataFrame,
    benchmark: Benchmark,
    colours: Mapping[str, str],
    period: Period,
    *,
    risk_free_pct: float,
    is_among_them: bool,
) -> None:
    """How each series did against the benchmark in the weeks of the period, and how that changed.

    Shape:  weeks as `Benchmark.beside`, with the stamps of `footnote`.
    """
    st.subheader("Against the benchmark")
    returns = benchmark.beside(weeks, is_among_them=is_among_them)
    if returns.is_empty():
        few = f"a mean takes at least {FEWEST_OTHERS} other stocks in a week" if benchmark.is_mean else "no common week"
        st.caption(f"Nothing to compare in this period: {few}. Choose another benchmark.")
        return
    found = compute_benchmark_figures(returns, risk_free_pct=risk_free_pct)
    columns = ["symbol" if is_among_them else "series", "common_weeks", *RETURN, *ACTIVE]
    tables.show(found.with_columns(series="symbol"), columns)
    against = "the mean of the other stocks" if benchmark.is_mean else benchmark.name
    unit = f"Percent, dividends included, against {against}, in weeks that both have; alpha and tracking error a year"
    footnote(with_stamps(found, weeks), published, unit=unit, name="against_benchmark")
    _rolling(published, compute_rolling_figures(returns), weeks, colours, period, against=against)


def _rolling(
    published: Publication,
    rolled: pl.DataFrame,
    weeks: pl.DataFrame,
    colours: Mapping[str, str],
    period: Period,
    *,
    against: str,
) -> None:
    if rolled.is_empty():
        return
    words = st.segmented_control(
        "Over 52 weeks", list(ROLLING), default="Beta", key="rolling", bind="query-params", required=True
    )
    figure = ROLLING[str(words)]
    known = {symbol: colour for symbol, colour in colours.items() if symbol in rolled["symbol"]}
    chart = series.lines(
        rolled, value=figure, title=f"{words} over the newest 52 common weeks", colours=known, level=LEVELS[figure]
    )
    period.show(chart, name=f"rolling_{figure}", alt_text=f"Lines: {words} against {against} over 52 weeks")
    stamps = weeks.select("symbol", "week_ending", *STAMPS)
    shown = rolled.select("symbol", "week_ending", figure).join(stamps, on=["symbol", "week_ending"])
    footnote(shown, published, unit=f"{words} of weekly returns against {against}", name="rolling")
