"""The risk in *Compare*: volatility, drawdown, correlation and unusual weeks of the chosen tickers."""

from collections.abc import Mapping

import polars as pl
import streamlit as st

from dashboards.charts import grids, scatter, series
from dashboards.components import formats, tables
from dashboards.components.colours import PALETTE
from dashboards.components.footnote import STAMPS, footnote
from dashboards.components.period import Period
from dashboards.queries.compare import correlations
from dashboards.queries.publication import Publication
from include.serving.correlations import FEWEST_WEEKS

UNUSUAL = 2.0  # deviations; about one week in twenty lies beyond, if returns were normal
WEEKS_OF_SCORES = 52


def volatility(
    published: Publication, prices: pl.DataFrame, ranks: pl.DataFrame, colours: Mapping[str, str], period: Period
) -> None:
    """How much their returns swing, over time and against all stocks."""
    st.subheader("Volatility")
    history = prices.drop_nulls("volatility_pct")
    known = {symbol: colour for symbol, colour in colours.items() if symbol in history["symbol"]}
    unit = "Percent a year: standard deviation of 52 weekly log returns x √52"
    if too_young := sorted(set(colours) - set(known)):
        unit += f" · not for {formats.listed(too_young)}: fewer than 52 weekly returns"
    if not history.is_empty():
        title = "Volatility over 52 weeks (% a year)"
        chart = series.lines(
            history, value="volatility_pct", title=title, colours=known, unit="% a year", has_zero=True
        )
        period.show(chart, name="volatility", alt_text="Lines: volatility over 52 weeks of each chosen ticker")
        shown = history.select("symbol", "week_ending", "volatility_pct", *STAMPS)
        footnote(shown, published, unit=unit, name="volatility")
    if ranks.is_empty():
        return
    columns = ["symbol", "volatility_pct", "volatility_rank", "stocks", "sector", "sector_median_pct"]
    tables.show(ranks, [*columns, "universe_median_pct", "max_drawdown_pct", "week_ending"])
    footnote(ranks, published, unit="Percent a year; falls in percent", name="volatility_ranks")


def against_return(published: Publication, figures: pl.DataFrame, colours: Mapping[str, str]) -> None:
    """What each stock returned in the period for how much it swung, by its `period_figures`."""
    # Growth a year where all have one: total returns of a year and of ten are not on one footing.
    is_a_year = not figures["cagr_pct"].has_nulls()
    up, words = ("cagr_pct", "Growth a year (%)") if is_a_year else ("total_return_pct", "Total return (%)")
    known = figures.drop_nulls([up, "volatility_pct"])
    if known.height <= 1:
        return
    st.subheader("Risk against return")
    chart = scatter.measures(known, x=("volatility_pct", "Volatility (% a year)"), y=(up, words), colours=colours)
    st.altair_chart(chart, alt="Dots: what each chosen ticker returned in the period, by its volatility")
    shown = known.select("symbol", up, "volatility_pct", "first_day", "last_day", "week_ending", *STAMPS)
    unit = "Percent, dividends included, of the weeks of the period that each stock has"
    footnote(shown, published, unit=unit, name="risk_against_return")


def drawdown(published: Publication, prices: pl.DataFrame, colours: Mapping[str, str], period: Period) -> None:
    """How far each stock stands below its highest week ever."""
    st.subheader("Drawdown")
    history = prices.drop_nulls("drawdown_pct")
    if history.is_empty():
        st.caption("No adjusted close in this period.")
        return
    title = "Below the highest week ever (%)"
    chart = series.lines(history, value="drawdown_pct", title=title, colours=colours, unit="%", level=0)
    alt_text = "Lines: how far each chosen ticker stands below its highest week ever, in percent"
    period.show(chart, name="drawdown", alt_text=alt_text)
    shown = history.select("symbol", "week_ending", "drawdown_pct", *STAMPS)
    unit = "Percent, dividends included, against the highest adjusted close on record, also before this period"
    footnote(shown, published, unit=unit, name="drawdown")


def correlation(published: Publication, prices: pl.DataFrame) -> None:
    """How closely the weekly returns of each two move together in the period."""
    st.subheader("Correlation")
    pairs = correlations(prices)
    if pairs.filter(pl.col("symbol") != pl.col("other_symbol")).is_empty():
        st.caption(f"Correlation needs two stocks with {FEWEST_WEEKS} common weekly returns in the period.")
        return
    symbols = sorted(set(pairs["symbol"]))
    chart = grids.heat_map(
        pairs,
        row="symbol",
        column="other_symbol",
        value="correlation",
        title="Correlation",
        most=1,
        number="+.2f",
        columns=symbols,
        rows=symbols,
        cell_height=42 if len(symbols) <= len(PALETTE) else 26,
    )
    st.altair_chart(chart, alt="Grid: correlation of each two chosen tickers, from -1 to 1")
    fewest, most = pairs.select(pl.min("common_weeks"), most=pl.max("common_weeks")).row(0)
    unit = f"Pearson correlation of weekly log returns in the period, {formats.MINUS}1 to 1"
    unit += f"; {fewest} to {most} common weeks"
    footnote(pairs, published, unit=unit, name="correlations")


def z_scores(published: Publication, prices: pl.DataFrame, colours: Mapping[str, str], period: Period) -> None:
    """Which weeks were unusual for their stock."""
    st.subheader("Unusual weeks")
    weeks = prices["week_ending"].unique().sort().tail(WEEKS_OF_SCORES)
    scored = prices.filter(pl.col("week_ending").is_in(weeks.implode())).drop_nulls("return_z_score")
    if scored.is_empty():
        st.caption("A z-score needs 52 earlier weekly returns, which none of these stocks has.")
        return
    known = {symbol: colour for symbol, colour in colours.items() if symbol in scored["symbol"]}
    chart = series.points(
        scored,
        value="return_z_score",
        title="Deviations from the stock's own mean",
        colours=known,
        levels=[-UNUSUAL, 0, UNUSUAL],
        unit="deviations",
    )
    period.show(chart, name="z_scores", alt_text="Points: z-score of each weekly return of the chosen tickers")
    unit = f"z-score of the weekly log return against the 52 before; large beyond {formats.number(UNUSUAL, 0)}"
    if too_young := sorted(set(colours) - set(known)):
        unit += f" · not for {formats.listed(too_young)}: too few weeks"
    shown = scored.select("symbol", "week_ending", "weekly_return_pct", "return_z_score", *STAMPS)
    footnote(shown, published, unit=unit, name="z_scores")
