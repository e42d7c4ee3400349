"""What happened in the market this week, or in an earlier one? Movers, breadth, sectors, dividends, what is new."""

from typing import Never

import polars as pl
import streamlit as st

from dashboards.charts import bars, series
from dashboards.components import formats, tables
from dashboards.components.cards import Card, show_cards
from dashboards.components.definitions import definition
from dashboards.components.footnote import footnote
from dashboards.components.page_header import open_page
from dashboards.components.week import Week, choose_week, is_named
from dashboards.queries import market as ask
from dashboards.queries.news import news as news_since_last_week
from dashboards.queries.publication import Publication
from dashboards.queries.sectors import latest_sectors
from dashboards.views.sector_ranking import show_sectors


def page() -> None:
    """Draw the page for the choices in its address."""
    opened = open_page(f"What happened in the market {'that' if is_named() else 'this'} week?")
    published = opened.published
    week = choose_week(ask.first_week(published) or opened.latest_week, opened.latest_week)
    movers, breadth = ask.movers(published, week=week.earlier), ask.breadth(published, week=week.earlier)
    _say_which(week)
    if movers.is_empty() or breadth.is_empty():
        _stop_without_returns(week)
    _cards(movers, breadth, ask.new_extremes(published, week=week.earlier))
    _movers(published, movers)
    _breadth(published, breadth)
    st.subheader("Sectors")
    show_sectors(published, latest_sectors(published, week=week.earlier))
    _dividends(published, week)
    _news(published, week)


def _say_which(week: Week) -> None:
    if not week.earlier:
        st.markdown(f"The newest week, which ended on **{formats.day(week.ending)}**.")
        return
    ago = formats.count(week.weeks_ago, "week")
    st.markdown(
        f"The week that ended on **{formats.day(week.ending)}**, {ago} before the newest: every figure below is "
        "of that week, from prices as they are known today. Companies, sectors and the list of stocks are today's."
    )


def _stop_without_returns(week: Week) -> Never:
    if week.earlier:
        st.info(
            f"**No stock has a return for the week ending {formats.day(week.ending)}.** A return needs two weeks in a "
            "row. Go back or forward.",
            icon=":material/event_busy:",
        )
    else:
        st.info(
            "**No stock has a return for the newest week yet.** A return needs two weeks in a row; `make run` brings "
            "the next one.",
            icon=":material/hourglass_empty:",
        )
    st.stop()


def _cards(movers: pl.DataFrame, breadth: pl.DataFrame, extremes: tuple[int, int]) -> None:
    week, best, worst = breadth.row(-1, named=True), movers.row(0, named=True), movers.row(-1, named=True)
    stocks = formats.count(week["stocks"], "stock")
    cards = {
        "All stocks": Card(
            formats.percent(week["mean_return_pct"]),
            f"equal weight, {stocks}",
            definition("return_1w_pct", table="mart_sector_performance"),
        ),
        "Rose": Card(f"{week['advancing']:,} of {week['stocks']:,}", f"{week['declining']:,} fell"),
        "Best": Card(formats.percent(best["return_1w_pct"]), best["symbol"], definition("return_1w_pct")),
        "Worst": Card(formats.percent(worst["return_1w_pct"]), worst["symbol"], definition("return_1w_pct")),
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


def _dividends(published: Publication, week: Week) -> None:
    st.subheader("Dividends paid")
    paid = ask.dividends_paid(published, week=week.earlier)
    weeks = f"the four weeks to {formats.day(week.ending)}" if week.earlier else "the last four weeks"
    if paid.is_empty():
        st.caption(f"No stock went ex-dividend in {weeks}.")
        return
    this_week = formats.count(int(paid["is_this_week"].sum()), "dividend")
    st.caption(f"{this_week} {'that' if week.earlier else 'this'} week; the table holds {weeks}.")
    columns = ["symbol", "company_name", "week_ending", "dividend_per_share", "currency", "corporate_action"]
    tables.show(paid, [*columns, "dividend_yield_pct"], table="fact_adjusted_prices", dividend_per_share="Per share")
    unit = "Listing's currency per share of that week, by the week of the ex-date; yield in percent"
    footnote(paid, published, unit=unit, as_of=week.ending, name="dividends_paid")


def _news(published: Publication, week: Week) -> None:
    st.subheader("New since the week before")
    news = news_since_last_week(published, week=week.earlier)
    if news.is_empty():
        st.caption("No new high or low, no split, no restated history, no stock that came or fell silent.")
        return
    tables.show(news, ["what", "symbol", "company_name", "detail"])
    footnote(news, published, unit="Prices in the listing's currency", as_of=week.ending, name="news")
