"""What happened in the market this week? Movers, breadth, sectors, dividends, and what is new."""

import polars as pl
import streamlit as st

from dashboards.charts import bars, series
from dashboards.components import formats, tables
from dashboards.components.cards import Card, show_cards
from dashboards.components.definitions import definition
from dashboards.components.footnote import footnote
from dashboards.components.page_header import Opened, open_page
from dashboards.queries import market as ask
from dashboards.queries.news import news as news_since_last_week
from dashboards.queries.publication import Publication
from dashboards.queries.sectors import latest_sectors
from dashboards.views.sector_ranking import show_sectors


def page() -> None:
    """Draw the page."""
    opened = open_page("What happened in the market this week?")
    published = opened.published
    movers, breadth = ask.movers(published), ask.breadth(published)
    if movers.is_empty() or breadth.is_empty():
        st.info(
            "**No stock has a return for the newest week yet.** A return needs two weeks in a row; `make run` brings "
            "the next one.",
            icon=":material/hourglass_empty:",
        )
        st.stop()
    _cards(movers, breadth, ask.new_extremes(published))
    _movers(published, movers)
    _breadth(published, breadth)
    st.subheader("Sectors")
    show_sectors(published, latest_sectors(published))
    _dividends(opened)
    _news(opened)


def _cards(movers: pl.DataFrame, breadth: pl.DataFrame, extremes: tuple[int, int]) -> None:
    week, best, worst = breadth.row(-1, named=True), movers.row(0, named=True), movers.row(-1, named=True)
    stocks = formats.count(week["stocks"], "stock")
    cards = {
        "All stocks, equal weight": Card(
            formats.percent(week["mean_return_pct"]), f"mean of {stocks}", definition("weekly_return_pct")
        ),
        "Rose": Card(f"{week['advancing']:,} of {week['stocks']:,}", f"{week['declining']:,} fell"),
        "Best": Card(formats.percent(best["return_1w_pct"]), best["symbol"]),
        "Worst": Card(formats.percent(worst["return_1w_pct"]), worst["symbol"]),
        "New 52-week highs": Card(f"{extremes[0]:,}", formats.count(extremes[1], "new low")),
    }
    show_cards(cards)


def _movers(published: Publication, movers: pl.DataFrame) -> None:
    st.subheader("Movers")
    title = "Total return of the week (%)"
    st.altair_chart(
        bars.ranking(movers, name="symbol", value="return_1w_pct", title=title),
        alt="Bars: return of the stocks that moved most, as in the table below",
    )
    columns = ["symbol", "company_name", "return_1w_pct", "return_z_score", "return_52w_pct", "close_price"]
    tables.show(movers, [*columns, "currency", "sector", *tables.flags(movers)])
    footnote(movers, published, unit=f"Percent, dividends included; {_which(movers.height)}", name="movers")


def _which(shown: int) -> str:
    most = ask.MOVERS_AT_EACH_END
    return f"{formats.count(shown, 'stock')}, best first" if shown < 2 * most else f"the {most} best and {most} worst"


def _breadth(published: Publication, breadth: pl.DataFrame) -> None:
    st.subheader("Breadth")
    st.altair_chart(
        series.breadth(breadth),
        alt=f"Columns: how many stocks rose and how many fell in each of {formats.count(breadth.height, 'week')}",
    )
    unit = "Number of stocks with a one-week return"
    footnote(breadth, published, unit=unit, name="breadth")


def _dividends(opened: Opened) -> None:
    st.subheader("Dividends paid")
    paid = ask.dividends_paid(opened.published)
    if paid.is_empty():
        st.caption("No stock went ex-dividend in the last four weeks.")
        return
    this_week = int(paid["is_this_week"].sum())
    st.caption(f"{formats.count(this_week, 'dividend')} this week; the table holds the last four weeks.")
    columns = ["symbol", "company_name", "week_ending", "dividend_per_share", "currency", "corporate_action"]
    tables.show(paid, [*columns, "dividend_yield_pct"], table="fact_adjusted_prices", dividend_per_share="Per share")
    unit = "Listing's currency per share of that week, by the week of the ex-date; yield in percent"
    footnote(paid, opened.published, unit=unit, as_of=opened.latest_week, name="dividends_paid")


def _news(opened: Opened) -> None:
    st.subheader("New since last week")
    news = news_since_last_week(opened.published)
    if news.is_empty():
        st.caption("No new high or low, no split, no restated history, no stock that came or fell silent.")
        return
    tables.show(news, ["what", "symbol", "company_name", "detail"])
    unit = "Prices in the listing's currency"
    footnote(news, opened.published, unit=unit, as_of=opened.latest_week, name="news")
