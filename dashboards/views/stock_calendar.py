"""The returns of a stock's calendar months and years."""

from calendar import month_abbr
from datetime import date

import polars as pl
import streamlit as st

from dashboards.charts import grids
from dashboards.components.footnote import STAMPS, footnote
from dashboards.queries.publication import Publication
from include.serving.calendar_returns import WHOLE_YEAR, compute_calendar_returns

NAMES = {number: month_abbr[number] for number in range(1, 13)} | {WHOLE_YEAR: "Year"}
STRONGEST_PCT = 20.0


def calendar_months(published: Publication, weeks: pl.DataFrame, *, since: date, until: date) -> None:
    """Draw a cell for each month and year that the period touches.

    Shape:  weeks (symbol, week_ending, price_date, total_return_index, is_complete_week), all of the stock's, with the
            stamps of `footnote`.
    """
    st.subheader("Months and years")
    complete = weeks.filter("is_complete_week")
    returns = compute_calendar_returns(complete).filter(pl.col("year").is_between(since.year, until.year))
    if returns.is_empty():
        st.caption("A month has a return when the month before it has a week, which none of this period has.")
        return
    named = returns.with_columns(
        pl.col("year").cast(pl.String), pl.col("month").replace_strict(NAMES, return_dtype=pl.String)
    )
    years = named["year"].unique().sort(descending=True).to_list()
    chart = grids.heat_map(
        named,
        row="year",
        column="month",
        value="return_pct",
        title="Total return (%)",
        most=STRONGEST_PCT,
        number="+.1f",
        narrow_number="+.0f",
        columns=list(NAMES.values()),
        rows=years,
        cell_height=26,
    )
    st.altair_chart(chart, alt="Grid: total return of each calendar month and year, in percent")
    newest = complete.sort("week_ending").tail(1).select("symbol", "week_ending", *STAMPS)
    unit = "Percent, dividends included, between the last weeks of months; the newest month and year so far"
    footnote(named.join(newest, how="cross"), published, unit=unit, name="calendar_returns")
