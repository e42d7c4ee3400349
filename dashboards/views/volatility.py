"""How volatile are the stocks? Ranking, benchmarks and distribution of the 52-week volatility."""

import polars as pl
import streamlit as st

from dashboards.charts import bars
from dashboards.components import choices, formats, tables
from dashboards.components.cards import Card, show_cards
from dashboards.components.definitions import definition
from dashboards.components.footnote import footnote
from dashboards.components.page_header import open_page
from dashboards.queries import volatility as ask
from dashboards.queries.publication import Publication

MOST_BARS = 20
AXIS = "Volatility over 52 weeks (% a year)"
UNIT = "Percent a year: standard deviation of 52 weekly log returns x √52"


def page() -> None:
    """Draw the page for the choices in its address."""
    opened = open_page("How volatile are the stocks?")
    published = opened.published
    benchmarks = ask.benchmarks(published)
    if benchmarks.is_empty():
        st.info(
            "**No stock has 52 weekly returns yet**, so none has a volatility. It comes with the weeks: `make run`.",
            icon=":material/hourglass_empty:",
        )
        st.stop()
    _cards(ask.most_volatile(published, sector=None), benchmarks)
    sector = choices.sector(sorted(benchmarks["sector"]))
    stocks = ask.most_volatile(published, sector=sector)
    if stocks.is_empty():
        st.caption("No stock of this sector has 52 weekly returns.")
        return
    _ranking(published, stocks)
    _distribution(published, ask.distribution(published, sector=sector), benchmarks)
    _benchmarks(published, benchmarks)


def _cards(stocks: pl.DataFrame, benchmarks: pl.DataFrame) -> None:
    wildest, usual = stocks.row(0, named=True), benchmarks.row(0, named=True)
    quartiles = [
        formats.percent(usual[f"universe_{name}_quartile_pct"], is_signed=False) for name in ("lower", "upper")
    ]
    cards = {
        "Most volatile": Card(
            formats.percent(wildest["volatility_pct"], is_signed=False), wildest["symbol"], definition("volatility_pct")
        ),
        "Median of all": Card(
            formats.percent(usual["universe_median_pct"], is_signed=False), "a year", definition("universe_median_pct")
        ),
        "Half of all lie within": Card(quartiles[0], f"to {quartiles[1]}"),
        "Wildest sector": Card(
            formats.percent(usual["sector_median_pct"], is_signed=False),
            usual["sector"],
            definition("sector_median_pct"),
        ),
    }
    show_cards(cards)


def _ranking(published: Publication, stocks: pl.DataFrame) -> None:
    st.subheader("Ranking")
    chart = bars.ranking(stocks.head(MOST_BARS), name="symbol", value="volatility_pct", title=AXIS, is_signed=False)
    st.altair_chart(chart, alt="Bars: the most volatile stocks, as in the table below")
    columns = ["volatility_rank", "symbol", "company_name", "volatility_pct", "volatility_percentile", "rank_in_sector"]
    tables.show(stocks, [*columns, "sector", "sector_median_pct", "max_drawdown_pct", "week_ending"])
    as_bars = f", {MOST_BARS} of them as bars" if stocks.height > MOST_BARS else ""
    unit = f"{UNIT}, and none with fewer; {formats.leading(stocks.height, ask.MOST_STOCKS, 'most volatile')}{as_bars}"
    footnote(stocks, published, unit=unit, name="volatility_ranking")


def _distribution(published: Publication, bins: pl.DataFrame, benchmarks: pl.DataFrame) -> None:
    st.subheader("Distribution")
    usual = benchmarks.row(0, named=True)
    chart = bars.histogram(
        bins,
        title=AXIS,
        counted="Stocks",
        width=bins["width"][0],
        marked={
            "lower quartile": usual["universe_lower_quartile_pct"],
            "median of all": usual["universe_median_pct"],
            "upper quartile": usual["universe_upper_quartile_pct"],
        },
    )
    st.altair_chart(chart, alt="Histogram: stocks by their volatility, with the quartiles of all")
    footnote(bins, published, unit=f"Number of stocks. {UNIT}", name="volatility_distribution")


def _benchmarks(published: Publication, benchmarks: pl.DataFrame) -> None:
    st.subheader("By sector")
    title = "Median volatility (% a year)"
    chart = bars.ranking(benchmarks, name="sector", value="sector_median_pct", title=title, is_signed=False)
    st.altair_chart(chart, alt="Bars: median volatility of each sector, as in the table below")
    tables.show(benchmarks, ["sector", "stocks", "sector_median_pct", "lowest_pct", "highest_pct", "week_ending"])
    footnote(benchmarks, published, unit=UNIT, name="volatility_benchmarks")
