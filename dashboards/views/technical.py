"""What do the indicators say? Candles with averages and bands, volume, RSI and MACD, of days or weeks."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import technical
from dashboards.charts.zoom import MOST_COLUMNS
from dashboards.components import choices, formats
from dashboards.components.footnote import footnote
from dashboards.components.page_header import Opened, open_page
from dashboards.components.period import Period, choose_period
from dashboards.components.plain_text import as_text
from dashboards.queries import technical as ask
from dashboards.queries.pipeline_budget import clock
from dashboards.queries.publication import Publication
from include.settings import read_anew

DAYS, WEEKS = "Days", "Weeks"
ONE = {DAYS: "session", WEEKS: "week"}
AT_FIRST = {DAYS: "1Y", WEEKS: "3Y"}
OVERLAYS_AT_FIRST = ["SMA 50", "SMA 200", technical.BANDS]
LISTING = "the listing's currency"  # where the source does not say which
GAPS_NAMED = WEEKS_NAMED = 3


def page() -> None:
    """Draw the page for the choices in its address."""
    opened = open_page("What do the indicators say?", needs_weeks=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        symbol = choices.ticker(opened.universe, opened.names)
        bars = st.segmented_control("Bars", [DAYS, WEEKS], default=DAYS, key="bars", bind="query-params", required=True)
    span = ask.spans(opened.published, symbol).row(0, named=True)
    first, last = (span["first_day"], span["last_day"]) if bars == DAYS else (span["first_week"], span["last_week"])
    if first is None:
        (_no_days if bars == DAYS else _no_weeks)(symbol)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = choose_period(first, last, default=AT_FIRST[bars])
    _bars(opened, symbol, str(bars), period, currency=str(span["currency"] or LISTING))


def _no_days(symbol: str) -> None:
    st.info(
        f"**No daily prices of {as_text(symbol)} yet.** The pipeline *stock_data_pipeline* fetches them, at 06:00 UTC "
        "each day or by `make run`, as far as the calls of the day reach; the page *Pipeline* says when. Its weeks are "
        "here already: choose *Weeks*.",
        icon=":material/hourglass_empty:",
    )


def _no_weeks(symbol: str) -> None:
    st.info(
        f"**No weekly prices of {as_text(symbol)} yet.** `make run PIPELINE=weekly` brings them. Its sessions are here "
        "already: choose *Days*.",
        icon=":material/hourglass_empty:",
    )


def _bars(opened: Opened, symbol: str, bars: str, period: Period, *, currency: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        overlays = st.pills(
            "Over the price",
            technical.OVERLAYS,
            selection_mode="multi",
            default=OVERLAYS_AT_FIRST,
            key="overlays",
            bind="query-params",
            wrap=True,
        )
        is_log = st.toggle("Log scale", key="log", bind="query-params", help="Equal distances are equal percentages")
    read = ask.days if bars == DAYS else ask.weeks
    rows = read(opened.published, symbol, since=period.since, until=period.until)
    one = ONE[bars]
    if rows["close"].count() == 0:
        st.info(f"**No {one} in this period.** Choose a longer one.", icon=":material/date_range:")
        return
    chart = technical.panes(rows, bar=one, currency=currency, overlays=overlays, is_log=is_log)
    alt_text = _alt(symbol, one, rows, overlays)
    period.show(chart, name="technical", alt_text=alt_text, is_weekly=bars == WEEKS)
    if bars == DAYS:
        _name_gaps(opened.published, symbol, period)
    _name_unknown(rows, one)
    footnote(rows, opened.published, unit=_unit(rows, one, currency, overlays), name="technical")


def _alt(symbol: str, one: str, rows: pl.DataFrame, overlays: list[str]) -> str:
    above = f" with {formats.listed(overlays)}" if overlays else ""
    return (
        f"Candles of {formats.count(rows.height, one)} of {symbol}{above}; below them volume with its mean of 20, "
        "RSI 14 with guides at 30 and 70, and MACD with signal and histogram"
    )


def _unit(rows: pl.DataFrame, one: str, currency: str, overlays: list[str]) -> str:
    is_dense = rows.height > MOST_COLUMNS
    words = (
        f"{formats.count(rows.height, one)}{'' if is_dense else ', hollow and blue where it rose'}; {currency}, "
        "adjusted for splits, not for dividends; volume in today's shares; a line begins where its window is full"
    )
    if unknown := technical.without_values(rows, overlays):
        words += f"; no {formats.listed(unknown)}: too few {one}s"
    newest = rows.row(-1, named=True)
    if not newest["is_complete"]:
        words += f"; the {one} of {formats.day(newest['bar'])} is still open: pale, and without indicators"
    if is_dense:
        words += f"; closes as a line: more than {MOST_COLUMNS:,} candles cannot be told apart"
    return f"{words}; drag over the chart to zoom, double click to go back"


def _name_gaps(published: Publication, symbol: str, period: Period) -> None:
    """Say which sessions of the period are missing, and what brings them."""
    is_within = pl.col("last_session") >= period.since, pl.col("first_session") <= period.until
    missing = ask.gaps(published, symbol).filter(*is_within)
    if missing.is_empty():
        return
    settings, now = read_anew(), clock(published.market_at if published.is_sample else datetime.now(UTC))
    unasked = "" if symbol in settings.source.symbols else " No run asks for it: STOCK_SYMBOLS does not name it."
    explained = ask.add_brought_by(settings, missing, now)
    for (brought_by,), runs in explained.group_by("brought_by", maintain_order=True):
        named = [_span(run) for run in runs.head(GAPS_NAMED).iter_rows(named=True)]
        more = f" and {formats.count(runs.height - GAPS_NAMED, 'more run')}" if runs.height > GAPS_NAMED else ""
        st.warning(
            f"**{formats.count(int(runs['sessions'].sum()), 'session is', 'sessions are')} missing**: "
            f"{as_text(formats.listed(named))}{as_text(more)}. Indicators pass over them. "
            f"What brings them: {as_text(str(brought_by))}.{as_text(unasked)}",
            icon=":material/event_busy:",
        )


def _span(run: dict[str, Any]) -> str:
    first, last = run["first_session"], run["last_session"]
    return (
        formats.day(first) if first == last else f"{run['sessions']} from {formats.day(first)} to {formats.day(last)}"
    )


def _name_unknown(rows: pl.DataFrame, one: str) -> None:
    """Say which bars are not drawn, and of which it is unknown on which side of an action they lie."""
    undrawn = rows.filter("is_scale_unknown")
    undated = rows.filter(pl.col("is_action_day_unknown") & ~pl.col("is_scale_unknown"))
    if undrawn.height and one == "week":
        st.caption(
            f"A dash instead of a candle: {as_text(_weeks_of(undrawn))}, in which an action put prices on two scales."
        )
    elif undrawn.height:
        st.caption(
            f"**Undated split**, {as_text(_weeks_of(undrawn))}: no candle of {formats.count(undrawn.height, one)}, "
            "and indicators begin anew after it. The weekly series says that shares were split; no listing says on "
            "which day."
        )
    if undated.height:
        st.caption(
            f"**Undated dividends**, {as_text(_weeks_of(undated))}: no listing says their ex-dates. No candle depends "
            "on them, for these prices are not adjusted for dividends."
        )


def _weeks_of(rows: pl.DataFrame) -> str:
    weeks = rows["week_ending"].unique().sort().to_list()
    named = [formats.short_day(week) for week in weeks[:WEEKS_NAMED]]
    if len(weeks) > WEEKS_NAMED:
        named.append(f"{len(weeks) - WEEKS_NAMED} more")
    return f"{'week' if len(weeks) == 1 else 'weeks'} ending {formats.listed(named)}"
