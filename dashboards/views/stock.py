"""What is this stock? Price, returns, risk, the company, and what was known of it when."""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import bars, candles, series
from dashboards.components import choices, formats, tables
from dashboards.components.cards import Card, show_cards
from dashboards.components.colours import ticker_colours
from dashboards.components.definitions import definition
from dashboards.components.footnote import STAMPS, footnote
from dashboards.components.page_header import open_page
from dashboards.components.period import Period, choose_period
from dashboards.queries import stock as ask
from dashboards.queries.benchmark import THE_OTHERS
from dashboards.queries.publication import Publication, span_of_weeks
from dashboards.queries.restatements import restatements
from dashboards.views import stock_calendar, stock_company, stock_dividends, stock_history, stock_risk, stock_weeks
from dashboards.views.stock_company import LISTING
from dashboards.views.stock_risk import ENOUGH_WEEKS, RISK_WEEKS
from include.serving.benchmark import FEWEST_OTHERS

RAW, ADJUSTED, TOTAL = "Raw", "Adjusted", "Total return"
PRICES = {
    RAW: ("open_price", "high_price", "low_price", "close_price", "trade_volume"),
    ADJUSTED: ("adj_open_price", "adj_high_price", "adj_low_price", "adj_close_price", "adj_volume"),
}
RISK_TABLE = "mart_stock_risk"
PERIOD_AT_FIRST = "5Y"
CANDLE = ("open", "high", "low", "close", "volume")
SAID = {
    RAW: "As printed on the day, {currency}; volume in the shares of that day",
    ADJUSTED: "Adjusted for splits and dividends, {currency}; volume in today's shares",
    TOTAL: "What 10,000 became, dividends put back into the shares, {currency}",
}


def page() -> None:
    """Draw the page for the choices in its address."""
    opened = open_page("What is this stock?")
    published = opened.published
    with st.container(horizontal=True, vertical_alignment="bottom"):
        symbol = choices.ticker(opened.universe, opened.names)
        first, last = span_of_weeks(published, [symbol]) or (opened.latest_week, opened.latest_week)
        period = choose_period(first, max(last, opened.latest_week), default=PERIOD_AT_FIRST)
    shown = {"since": period.base_week, "until": period.until}
    company, weeks = ask.company(published, symbol), ask.weeks(published, symbol, **shown)
    facts = company.row(0, named=True)
    risk = ask.risk(published, symbol)
    stock_company.title(facts)
    _cards(facts, risk, stocks=len(opened.universe))
    colour = ticker_colours([symbol], universe=opened.universe)
    if weeks.is_empty():
        st.info("**No prices in this period.** Choose a longer one.", icon=":material/date_range:")
    else:
        currency = str(facts["currency"] or LISTING)
        _price(published, weeks, colour, period, currency=currency)
        stock_weeks.weeks_of_period(published, weeks, currency=currency)
        _returns(published, ask.return_bins(published, symbol, **shown), facts)
    history = ask.weeks(published, symbol, since=None)
    stock_calendar.calendar_months(published, history, since=period.since, until=period.until)
    stock_dividends.dividends_and_splits(published, facts, colour, period)
    _yearly_range(published, company)
    stock_risk.risk(published, risk)
    stock_company.company(published, company)
    stock_history.restatements(published, restatements(symbol))
    stock_history.as_known_then(opened, symbol, history, period)


def _cards(facts: dict[str, Any], risk: pl.DataFrame, *, stocks: int) -> None:
    moved = risk.row(0, named=True)
    words = {
        "Close": Card(formats.number(facts["close_price"]), facts["currency"] or "", definition("close_price")),
        "Week": _card(facts, "return_1w_pct", "dividends included", "needs two weeks"),
        "52 weeks": _card(facts, "return_52w_pct", "dividends included", "needs 52 weeks"),
        "Volatility": _card(facts, "volatility_pct", "a year, 52 weeks", "needs 52 weeks"),
        "Beta": Card(
            formats.number(moved["beta"]), _weeks_of_beta(moved, stocks=stocks), definition("beta", table=RISK_TABLE)
        ),
        "Max drawdown": Card(
            formats.percent(moved["max_drawdown_pct"]), "on record", definition("max_drawdown_pct", table=RISK_TABLE)
        ),
    }
    show_cards(words)


def _card(facts: dict[str, Any], column: str, words: str, needs: str) -> Card:
    value = facts[column]
    number = formats.percent(value, is_signed=column.startswith("return"))
    return Card(number, needs if value is None else words, definition(column))


def _weeks_of_beta(moved: dict[str, Any], *, stocks: int) -> str:
    if moved["beta"] is not None:
        return f"{RISK_WEEKS} weeks"
    is_too_small = moved["benchmark"] == THE_OTHERS and stocks <= FEWEST_OTHERS
    return f"needs {FEWEST_OTHERS} other stocks" if is_too_small else f"needs {ENOUGH_WEEKS} weeks"


def _price(
    published: Publication, weeks: pl.DataFrame, colour: dict[str, str], period: Period, *, currency: str
) -> None:
    st.subheader("Price")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown_as = st.segmented_control(
            "Price as", [RAW, ADJUSTED, TOTAL], default=ADJUSTED, key="price", bind="query-params", required=True
        )
        is_log = st.toggle("Log scale", key="log", bind="query-params", help="Equal distances are equal percentages")
    unit = SAID[shown_as].format(currency=currency)
    if shown_as == TOTAL:
        title, growth = f"Growth of 10,000 ({currency})", "growth_of_10000"
        line = series.lines(
            weeks, value=growth, title=title, colours=colour, unit=currency, is_log=is_log, level=10_000
        )
        period.show(line, name="growth", alt_text=f"Line: {unit}")
    else:
        named = weeks.rename(dict(zip(PRICES[shown_as], CANDLE, strict=True)))
        title = f"{shown_as} price ({currency}); blue, hollow: the week rose"
        panes = candles.weeks(named, title=title, currency=currency, is_log=is_log)
        alt_text = f"Candles: {unit}; dividends and splits are marked below them, then shares traded in each week"
        period.show(panes, name="candles", alt_text=alt_text)
        if weeks["is_mixed_scale"].any() and shown_as == ADJUSTED:
            unit += "; a dash is a week whose raw prices stand on two scales"
        if weeks["has_rejected_fields"].any():
            unit += "; of a week with rejected fields only what is known is drawn"
    _rejected_fields(weeks)
    footnote(weeks, published, unit=unit, name="weeks")


def _rejected_fields(weeks: pl.DataFrame) -> None:
    rejected = weeks.filter("has_rejected_fields")
    if rejected.is_empty():
        return
    with st.expander(f"Fields that could not be believed: {formats.count(rejected.height, 'week')} of this period"):
        prices = ["open_price", "high_price", "low_price", "close_price", "adj_close_price", "trade_volume"]
        tables.show(rejected, ["week_ending", *prices, "weekly_return_pct"], close_price="Raw close")
        st.caption("An empty field was rejected; what the source said of it is on the page *Pipeline*.")


def _returns(published: Publication, bins: pl.DataFrame, facts: dict[str, Any]) -> None:
    st.subheader("Weekly returns")
    if bins.is_empty():
        st.caption("No one-week return in this period.")
        return
    whole = bins.row(0, named=True)
    newest_return = facts["return_1w_pct"]
    chart = bars.histogram(
        bins,
        title="Total return of a week (%)",
        counted="Weeks",
        width=1,
        marked={
            "worst 5 %": whole["worst_5_pct"],
            "median": whole["median_pct"],
            "newest": newest_return if isinstance(newest_return, float) else None,
        },
    )
    st.altair_chart(chart, alt="Histogram: weekly returns of this stock in the chosen period")
    worst, mean = formats.percent(whole["worst_5_pct"]), formats.percent(whole["mean_pct"])
    unit = f"Number of weeks by return; mean {mean}, one week in twenty was worse than {worst}"
    footnote(bins, published, unit=unit, name="return_distribution")


def _yearly_range(published: Publication, company: pl.DataFrame) -> None:
    low, high, close, currency = company.select("low_52w", "high_52w", "close_price", "currency").row(0)
    st.subheader("52-week range")
    if low is None or high is None:
        st.caption("The range needs 52 weeks on record.")
        return
    st.altair_chart(
        series.value_range(low=low, high=high, value=close, title=f"Lowest, close and highest ({currency or LISTING})"),
        alt=f"Range: close {close:,.2f} between {low:,.2f} and {high:,.2f}",
    )
    shown = company.select("symbol", "week_ending", "low_52w", "close_price", "high_52w", *STAMPS)
    unit = f"{formats.number(low)} to {formats.number(high)}, close {formats.number(close)}, in today's shares"
    footnote(shown, published, unit=unit, name="range_52w")
