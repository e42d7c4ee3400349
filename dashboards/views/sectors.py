"""Which sectors lead, and who pays dividends? Performance, frequency and growth by sector."""

import polars as pl
import streamlit as st

from dashboards.charts import bars, grids
from dashboards.components import choices, formats, tables
from dashboards.components.cards import Card, show_cards
from dashboards.components.definitions import definition
from dashboards.components.footnote import footnote
from dashboards.components.page_header import Opened, open_page
from dashboards.queries import dividends as ask_dividends
from dashboards.queries import sectors as ask
from dashboards.queries.publication import Publication
from dashboards.views.sector_ranking import show_sectors

NO_DIVIDEND = ("never paid", "none")
STRONGEST_COLOUR_PCT = 40.0  # of a year; beyond it the number alone tells more


def page() -> None:
    """Draw the page for the choices in its address."""
    opened = open_page("Which sectors lead, and who pays dividends?")
    published = opened.published
    sectors = ask.latest_sectors(published)
    if sectors.is_empty():
        st.info(
            "**No sector has a weekly return yet.** `make run` brings the next week.", icon=":material/donut_small:"
        )
        st.stop()
    frequencies = ask_dividends.dividend_frequencies(published)
    _cards(sectors, frequencies)
    st.subheader("Performance")
    show_sectors(published, sectors)
    _years(published)
    _frequencies(published, frequencies)
    _payers(opened, sorted(sectors["sector"]))


def _cards(sectors: pl.DataFrame, frequencies: pl.DataFrame) -> None:
    cards = {}
    sectors = sectors.filter(pl.col("week_ending") == pl.col("week_ending").max())
    for label, column in {"Led the year": "return_52w_pct", "Led the week": "return_1w_pct"}.items():
        known = sectors.drop_nulls(column).sort(column, descending=True)
        name, value = known.select("sector", column).row(0) if known.height else (formats.MISSING, None)
        cards[label] = Card(formats.percent(value), name, definition(column, table="mart_sector_performance"))
    active = int(frequencies["stocks"].sum())
    silent = int(frequencies.filter(pl.col("frequency").is_in(NO_DIVIDEND))["stocks"].sum())
    quarterly = int(frequencies.filter(pl.col("frequency") == "quarterly")["stocks"].sum())
    cards["Pay a dividend"] = Card(f"{active - silent:,} of {active:,}", "active stocks")
    cards["Pay every quarter"] = Card(f"{quarterly:,}", "by their last full year")
    show_cards(cards)


def _years(published: Publication) -> None:
    years = ask.sector_years(published)
    if years.is_empty():
        return
    st.subheader("Year by year")
    chart = grids.heat_map(
        years.with_columns(pl.col("year").cast(pl.String)),
        row="sector",
        column="year",
        value="return_year_pct",
        title="Return of the year (%)",
        most=STRONGEST_COLOUR_PCT,
        number="+.0f",
        columns=[str(year) for year in sorted(years["year"].unique())],
    )
    st.altair_chart(chart, alt="Grid: return of each sector in each of these years, in percent")
    unit = "Percent of the ISO year, the running one so far; equal weight, rebalanced weekly, today's members"
    footnote(years, published, unit=unit, name="sector_years")


def _frequencies(published: Publication, frequencies: pl.DataFrame) -> None:
    st.subheader("How often they pay")
    chart = bars.stacks(frequencies, name="sector", part="frequency", value="stocks", title="Active stocks")
    st.altair_chart(chart, alt="Bars: stocks of each sector by how often they pay a dividend")
    unit = "Number of active stocks by the frequency of their last full year"
    footnote(frequencies, published, unit=unit, name="dividend_frequencies")


def _payers(opened: Opened, sectors: list[str]) -> None:
    st.subheader("Yield and growth")
    sector = choices.sector(sectors)
    growth = ask_dividends.dividend_growth(opened.published, sector=sector)
    if not growth.is_empty():
        chart = bars.ranking(growth, name="symbol", value="growth_pct", title="Growth of the dividend (%)")
        st.altair_chart(chart, alt="Bars: growth of the regular dividend in the last full year")
        unit = "Percent against the year before, regular dividends in today's shares; "
        unit += formats.leading(growth.height, ask_dividends.MOST_GROWING, "fastest growing")
        footnote(growth, opened.published, unit=unit, name="dividend_growth")
    payers = ask_dividends.payers(opened.published, sector=sector)
    if payers.is_empty():
        st.caption("No stock here paid a regular dividend in the last 52 weeks.")
        return
    columns = ["symbol", "company_name", "sector", "dividend_yield_pct", "dividend_count_12m", "frequency"]
    tables.show(payers, [*columns, "dividend_per_share", "currency", "year", "growth_pct", "years_without_cut"])
    unit = "Yield and growth in percent, listing's currency per share of today; "
    unit += formats.leading(payers.height, ask_dividends.MOST_PAYERS, "highest yielding")
    footnote(payers, opened.published, unit=unit, name="dividend_payers")
