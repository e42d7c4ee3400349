"""How do these stocks compare? Price, returns, volatility, sectors and dividends of the chosen tickers."""

from collections.abc import Mapping
from datetime import date
from typing import cast

import polars as pl
import streamlit as st

from dashboards import charts, choices, formats, queries, states, tables
from dashboards.colours import ticker_colours
from dashboards.provenance import footnote, header
from dashboards.queries import Publication

REBASED, IN_CURRENCY = "Rebased", "Currency"
HORIZONS = {
    "return_1w_pct": "1 week",
    "return_4w_pct": "4 weeks",
    "return_13w_pct": "13 weeks",
    "return_52w_pct": "52 weeks",
}
EXTREMES = {
    "Best over 52 weeks": ("return_52w_pct", True),
    "Most volatile": ("volatility_pct", True),
    "Furthest below its peak": ("drawdown_pct", False),
    "Highest dividend yield": ("dividend_yield_pct", True),
}
NARROWEST_CARD = 160  # pixels: two beside each other on a phone


def page() -> None:
    """Draw the page for the choices in its address."""
    published = states.open_publication()
    stocks = queries.stocks(published)
    if stocks.is_empty():
        states.stop_empty()
    newest_week = _newest(stocks, "last_week")
    st.title("How do these stocks compare?")
    header(published, newest_week)
    states.warn_if_stale(published, newest_week)

    universe = stocks["symbol"].to_list()
    chosen = choices.tickers(universe)
    since = choices.since(newest_week)
    colours = ticker_colours(chosen, universe=universe)

    latest = queries.latest_week(published, chosen)
    prices = queries.weekly_prices(published, chosen, since=since)
    if prices.is_empty():
        st.info("**No prices in this period.** Choose a longer one.", icon=":material/date_range:")
        st.stop()
    _extremes(latest)
    _price(published, prices, colours, currency=_currency(latest))
    _returns(published, latest, colours)
    _volatility(published, prices, queries.volatility_ranks(published, chosen), colours)
    _sectors(published, queries.sectors(published, chosen))
    yearly = queries.dividends(published, chosen, since=since)
    _dividends(published, yearly, queries.dividend_records(published, chosen), colours)


def _newest(frame: pl.DataFrame, column: str = "week_ending") -> date:
    return cast("date", frame[column].max())  # a frame without rows has ended the page before


def _currency(latest: pl.DataFrame) -> str:
    currencies = latest["currency"].unique().to_list()
    return str(currencies[0]) if len(currencies) == 1 and currencies[0] else "each listing's currency"


def _extremes(latest: pl.DataFrame) -> None:
    with st.grid(len(EXTREMES), min_column_width=NARROWEST_CARD):
        for label, (value, is_highest) in EXTREMES.items():
            known = latest.drop_nulls(value).sort(value, descending=is_highest)
            ticker, number = known.select("symbol", value).row(0) if known.height else (formats.MISSING, None)
            words = formats.percent(number, is_signed=value.startswith("return"))
            st.metric(label, ticker, words, delta_color="off", delta_arrow="off", border=True)


def _price(published: Publication, prices: pl.DataFrame, colours: Mapping[str, str], *, currency: str) -> None:
    st.subheader("Price")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown_as = st.segmented_control(
            "Price as", [REBASED, IN_CURRENCY], default=REBASED, key="price", bind="query-params", required=True
        )
        is_log = st.toggle("Log scale", key="log", bind="query-params", help="Equal distances are equal percentages")
    if shown_as == REBASED:
        chart, unit = _rebased(prices, colours, is_log=is_log)
    else:
        unit = f"Close adjusted for splits and dividends, {currency}"
        chart = charts.lines(
            prices, value="adj_close_price", title=f"Adjusted close ({currency})", colours=colours, is_log=is_log
        )
    st.altair_chart(chart, width="stretch", alt=f"Lines: price of each chosen ticker, {unit}")
    footnote(prices.drop("volatility_pct"), published, unit=unit, as_of=_newest(prices), name="weekly_prices")


def _rebased(prices: pl.DataFrame, colours: Mapping[str, str], *, is_log: bool) -> tuple[charts.Chart, str]:
    base_week = prices["base_week"][0]
    starts_there = base_week == prices["week_ending"].min()
    base = formats.day(base_week) if base_week else "each ticker's first week"
    chart = charts.lines(
        prices,
        value="growth_of_100",
        title=f"Adjusted close, 100 = {base}",
        colours=colours,
        is_log=is_log,
        level=100,
        marked=(base_week, "first week all share") if base_week and not starts_there else None,
    )
    return chart, f"Close adjusted for splits and dividends, 100 = {base}"


def _returns(published: Publication, latest: pl.DataFrame, colours: Mapping[str, str]) -> None:
    st.subheader("Returns")
    st.altair_chart(
        charts.returns(latest, colours=colours, horizons=HORIZONS),
        width="stretch",
        alt="Bars: returns of each chosen ticker, as in the table below",
    )
    tables.show(latest, ["symbol", "company_name", *HORIZONS, "drawdown_pct", "close_price", "currency", "week_ending"])
    footnote(latest, published, unit="Percent, dividends included", as_of=_newest(latest), name="returns")


def _volatility(published: Publication, prices: pl.DataFrame, ranks: pl.DataFrame, colours: Mapping[str, str]) -> None:
    st.subheader("Volatility")
    history = prices.drop_nulls("volatility_pct")
    known = {symbol: colour for symbol, colour in colours.items() if symbol in history["symbol"]}
    unit = "Percent a year: standard deviation of 52 weekly log returns x √52"
    if too_young := sorted(set(colours) - set(known)):
        unit += f" · not for {formats.listed(too_young)}: fewer than 52 weekly returns"
    if not history.is_empty():
        chart = charts.lines(
            history, value="volatility_pct", title="Volatility over 52 weeks (% a year)", colours=known, has_zero=True
        )
        st.altair_chart(chart, width="stretch", alt="Lines: volatility over 52 weeks of each chosen ticker")
        shown = history.select("symbol", "week_ending", "volatility_pct", "load_timestamp", "execution_batch_id")
        footnote(shown, published, unit=unit, as_of=_newest(history), name="volatility")
    if ranks.is_empty():
        return
    columns = ["symbol", "volatility_pct", "volatility_rank", "stocks", "sector", "sector_median_pct"]
    tables.show(ranks, [*columns, "universe_median_pct", "max_drawdown_pct", "week_ending"])
    footnote(ranks, published, unit="Percent a year; falls in percent", as_of=_newest(ranks), name="volatility_ranks")


def _sectors(published: Publication, sectors: pl.DataFrame) -> None:
    st.subheader("Sectors")
    if sectors.is_empty():
        st.caption("No sector has a weekly return yet.")
        return
    if sectors["return_52w_pct"].count():
        title = "Return over 52 weeks (%)"
        st.altair_chart(
            charts.ranking(sectors, name="sector", value="return_52w_pct", title=title),
            width="stretch",
            alt="Bars: return of each sector over 52 weeks, as in the table below",
        )
    tables.show(sectors, ["sector", "stocks", *HORIZONS, "chosen_tickers", "week_ending"])
    unit = "Percent: mean of all its stocks, equal weight, local currency, today's members (survivors only)"
    footnote(sectors, published, unit=unit, as_of=_newest(sectors), name="sectors")


def _dividends(published: Publication, yearly: pl.DataFrame, records: pl.DataFrame, colours: Mapping[str, str]) -> None:
    st.subheader("Dividends")
    currency = _currency(records)
    if yearly.is_empty():
        st.caption("None of these stocks paid a regular dividend in this period.")
    else:
        paying = {symbol: colour for symbol, colour in colours.items() if symbol in yearly["symbol"]}
        title = f"Dividend per share and year ({currency})"
        st.altair_chart(
            charts.columns(yearly, value="dividend_per_share", title=title, colours=paying),
            width="stretch",
            alt="Columns: regular dividends of each chosen ticker by year",
        )
        unit = f"Regular dividends by ex-week, {currency} per share of today; pale: the year is not whole on record"
        footnote(yearly, published, unit=unit, as_of=_newest(records), name="dividends")
    columns = ["symbol", "company_name", "dividend_yield_pct", "dividends_52w", "frequency", "dividend_per_share"]
    tables.show(records, [*columns, "year", "growth_pct", "years_without_cut", "currency", "week_ending"])
    footnote(
        records,
        published,
        unit=f"Yield in percent, {currency} per share",
        as_of=_newest(records),
        name="dividend_records",
    )
