"""How would this portfolio have done? Growth, risk, benchmark and contributions of chosen holdings."""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import series
from dashboards.components import formats, tables
from dashboards.components.benchmark import choose_benchmark
from dashboards.components.cards import Card, show_cards
from dashboards.components.colours import MARKED
from dashboards.components.footnote import STAMPS, footnote
from dashboards.components.holdings import choose_holdings
from dashboards.components.page_header import open_page
from dashboards.components.period import Period, choose_period
from dashboards.components.plain_text import as_text
from dashboards.queries.benchmark import Benchmark, published_benchmark
from dashboards.queries.compare import latest_week, period_figures, weekly_prices, with_stamps
from dashboards.queries.publication import Publication, span_of_weeks
from dashboards.views import against_benchmark, compare_period
from include.errors import PortfolioRefused
from include.serving.portfolio import Portfolio, Rebalancing, check_one_currency, compute_portfolio
from include.settings import read_anew

PERIOD_AT_FIRST = "10Y"
NAME = "Portfolio"
REBALANCED = {"Weekly": Rebalancing.WEEKLY, "Monthly": Rebalancing.MONTHLY, "Never": Rebalancing.NEVER}


def page() -> None:
    """Draw the page for the choices in its address."""
    opened = open_page("How would this portfolio have done?")
    published = opened.published
    weights = choose_holdings(opened.universe, opened.names)
    first, _ = span_of_weeks(published, list(weights)) or (opened.latest_week, opened.latest_week)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = choose_period(first, opened.latest_week, default=PERIOD_AT_FIRST)
        rebalanced = st.segmented_control(
            "Rebalanced", list(REBALANCED), default="Monthly", key="rebalanced", bind="query-params", required=True
        )
        chosen_benchmark = choose_benchmark(opened.universe, opened.names, published=published_benchmark(published))
    shown = {"since": period.base_week, "until": period.until}
    _refuse_two_currencies(latest_week(published, list(weights)))
    prices = weekly_prices(published, list(weights), **shown)
    portfolio = compute_portfolio(prices, weights, REBALANCED[str(rebalanced)])
    _say_when_it_begins(portfolio, prices)
    weeks = _as_series(portfolio, prices)
    benchmark = Benchmark.read(published, chosen_benchmark, **shown).without(prices) if chosen_benchmark else None

    rate = read_anew().source.risk_free_rate_pct
    figures = period_figures(_beside(weeks, benchmark), risk_free_pct=rate)

    _cards(figures.row(0, named=True), portfolio)
    _growth(published, weeks, benchmark, period)
    compare_period.figures(published, figures, risk_free_pct=rate, are_stocks=False)
    if benchmark:
        against_benchmark.figures(
            published, weeks, benchmark, {NAME: MARKED}, period, risk_free_pct=rate, is_among_them=False
        )
    _contributions(published, portfolio, prices)
    _drawdown(published, weeks, period)


def _refuse_two_currencies(latest: pl.DataFrame) -> None:
    try:
        check_one_currency(dict(latest.select("symbol", "currency").iter_rows()))
    except PortfolioRefused as error:
        st.error(f"**This portfolio has no return**: {as_text(error)}.", icon=":material/currency_exchange:")
        st.stop()


def _say_when_it_begins(portfolio: Portfolio, prices: pl.DataFrame) -> None:
    """Name the holdings that decide on the first and the last week; the page ends where they share no weeks."""
    holdings, first, last = portfolio.holdings, prices["week_ending"].min(), prices["week_ending"].max()
    young = holdings.filter(pl.col("first_week") == pl.col("first_week").max())["symbol"].to_list()
    ended = holdings.filter(pl.col("last_week") == pl.col("last_week").min())["symbol"].to_list()
    if portfolio.weeks.is_empty():
        st.info(
            f"**These holdings share no two weeks in this period.** {as_text(formats.listed(young))} began last. "
            "Choose a longer period, or other holdings.",
            icon=":material/date_range:",
        )
        st.stop()
    begin, end = portfolio.weeks["week_ending"][0], portfolio.weeks["week_ending"][-1]
    words = []
    if begin != first:
        words.append(f"It begins with the week ending {formats.day(begin)}, the first of {formats.listed(young)}.")
    if end != last:
        words.append(f"It ends with the week ending {formats.day(end)}, the last of {formats.listed(ended)}.")
    if words:
        st.caption(as_text(" ".join(words)))


def _as_series(portfolio: Portfolio, prices: pl.DataFrame) -> pl.DataFrame:
    """The portfolio as one more stock: the columns that figures read, with the newest stamps of its weeks."""
    stamps = prices.sort("load_timestamp").group_by("week_ending").agg(pl.col(STAMPS).last())
    index = pl.col("total_return_index")
    return portfolio.weeks.join(stamps, on="week_ending", how="left", maintain_order="left").with_columns(
        symbol=pl.lit(NAME), is_member=pl.lit(value=False), drawdown_pct=100 * (index / index.cum_max() - 1)
    )


def _beside(weeks: pl.DataFrame, benchmark: Benchmark | None) -> pl.DataFrame:
    """The weeks of the portfolio, then those of the benchmark in the same time; no run wrote these."""
    if benchmark is None:
        return weeks
    begin, end = weeks["week_ending"][0], weeks["week_ending"][-1]
    others = benchmark.series(base_week=begin).filter(pl.col("week_ending") <= end)
    return pl.concat([weeks, others.with_columns(symbol=pl.lit(benchmark.label))], how="diagonal_relaxed")


def _cards(figures: dict[str, Any], portfolio: Portfolio) -> None:
    by_contribution = portfolio.holdings.drop_nulls("contribution_pct").sort("contribution_pct", descending=True)
    (most, points), *_, (least, fewest) = by_contribution.select("symbol", "contribution_pct").rows() * 2
    a_year = f"{formats.percent(figures['cagr_pct'])} a year" if figures["cagr_pct"] is not None else ""
    deepest = formats.percent(figures["max_drawdown_pct"], is_signed=False)
    show_cards(
        {
            "Total return": Card(formats.percent(figures["total_return_pct"]), a_year),
            "Max drawdown": Card(deepest, formats.day(figures["trough_day"])),
            "Contributed most": Card(f"{formats.number(points, 1, is_signed=True)} points", most),
            "Contributed least": Card(f"{formats.number(fewest, 1, is_signed=True)} points", least),
        }
    )


def _growth(published: Publication, weeks: pl.DataFrame, benchmark: Benchmark | None, period: Period) -> None:
    st.subheader("Growth")
    is_log = st.toggle("Log scale", key="log", bind="query-params", help="Equal distances are equal percentages")
    lines = weeks.select("symbol", "week_ending", growth_of_100="total_return_index")
    base_week = weeks["week_ending"][0]
    chart = against_benchmark.growth(lines, benchmark, {NAME: MARKED}, base_week=base_week, is_log=is_log)
    period.show(chart, name="growth", alt_text="Lines: growth of 100 in the portfolio and in the benchmark")
    unit = f"Dividends put back into the shares, 100 = {formats.day(base_week)}, no costs, no taxes"
    footnote(weeks.drop("is_member"), published, unit=unit, name="portfolio")


def _contributions(published: Publication, portfolio: Portfolio, prices: pl.DataFrame) -> None:
    st.subheader("Contributions")
    columns = ["symbol", "weight_pct", "weight_at_end_pct", "total_return_pct", "contribution_pct", "first_week"]
    shown = with_stamps(portfolio.holdings, prices).sort("contribution_pct", descending=True)
    tables.show(shown, columns)
    unit = "Points of the portfolio's total return, which they sum to; first week in this period"
    footnote(shown, published, unit=unit, name="contributions")


def _drawdown(published: Publication, weeks: pl.DataFrame, period: Period) -> None:
    st.subheader("Drawdown")
    title = "Below its highest week (%)"
    chart = series.lines(weeks, value="drawdown_pct", title=title, colours={NAME: MARKED}, unit="%", level=0)
    alt_text = "Line: how far the portfolio stands below its highest week, in percent"
    period.show(chart, name="portfolio_drawdown", alt_text=alt_text)
    unit = "Percent, dividends included, against the highest week since the portfolio began"
    footnote(weeks.select("week_ending", "drawdown_pct", *STAMPS), published, unit=unit, name="portfolio_drawdown")
