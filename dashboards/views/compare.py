"""How do these stocks compare? Price, returns, risk, sectors and dividends of the chosen tickers."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import streamlit as st

from dashboards.charts import bars, series
from dashboards.components import choices, formats, tables
from dashboards.components.benchmark import choose_benchmark
from dashboards.components.cards import Card, show_cards
from dashboards.components.choices import HORIZONS
from dashboards.components.colours import PALETTE, coloured, ticker_colours
from dashboards.components.definitions import definition
from dashboards.components.footnote import footnote, newest, oldest
from dashboards.components.page_header import open_page
from dashboards.components.period import Period, choose_period
from dashboards.components.plain_text import as_text
from dashboards.components.watchlists import choose_watchlist
from dashboards.queries import compare as ask
from dashboards.queries import dividends as ask_dividends
from dashboards.queries.benchmark import Benchmark, published_benchmark
from dashboards.queries.publication import Publication, span_of_weeks
from dashboards.queries.sectors import latest_sectors
from dashboards.views import against_benchmark, compare_period, compare_risk
from dashboards.views.sector_ranking import show_sectors
from include.settings import read_anew

PERIOD_AT_FIRST = "5Y"
REBASED, IN_CURRENCY = "Rebased", "Currency"
EXTREMES = {
    "Best over 52 weeks": ("return_52w_pct", True),
    "Most volatile": ("volatility_pct", True),
    "Furthest below its peak": ("drawdown_pct", False),
    "Highest dividend yield": ("dividend_yield_pct", True),
}


def page() -> None:
    """Draw the page for the choices in its address."""
    opened = open_page("How do these stocks compare?")
    published = opened.published
    row = st.container(horizontal=True, vertical_alignment="top")
    watchlist = choose_watchlist(opened, row)
    chosen = choices.tickers(opened.universe, opened.names, row=row, watchlist=watchlist.symbols if watchlist else None)
    first, _ = span_of_weeks(published, chosen) or (opened.latest_week, opened.latest_week)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = choose_period(first, opened.latest_week, default=PERIOD_AT_FIRST)
        chosen_benchmark = choose_benchmark(opened.universe, opened.names, published=published_benchmark(published))
    shown = {"since": period.base_week, "until": period.until}
    benchmark = Benchmark.read(published, chosen_benchmark, **shown) if chosen_benchmark else None
    colours = ticker_colours(chosen, universe=opened.universe)

    latest = ask.latest_week(published, chosen)
    prices = ask.weekly_prices(published, chosen, **shown)
    if prices.is_empty():
        st.info("**No prices in this period.** Choose a longer one.", icon=":material/date_range:")
        st.stop()
    _extremes(latest.filter("is_latest_week"))
    _say_without(latest, opened.latest_week)
    _say_who_is_grey(colours)
    _price(published, prices, benchmark, colours, period, currency=_currency(latest))
    rate = read_anew().source.risk_free_rate_pct
    figures = ask.period_figures(prices, risk_free_pct=rate)
    compare_period.figures(published, figures, risk_free_pct=rate)
    compare_risk.against_return(published, figures, colours)
    if benchmark:
        against_benchmark.figures(published, prices, benchmark, colours, period, risk_free_pct=rate, is_among_them=True)
    _returns(published, latest, colours)
    compare_risk.volatility(published, prices, ask.volatility_ranks(published, chosen), colours, period)
    compare_risk.drawdown(published, prices, colours, period)
    compare_risk.correlation(published, prices)
    compare_risk.z_scores(published, prices, colours, period)
    st.subheader("Sectors")
    show_sectors(published, latest_sectors(published, chosen), over="return_52w_pct", also_shown=["chosen_tickers"])
    yearly = ask_dividends.dividends(published, chosen, **shown)
    _dividends(published, yearly, ask_dividends.dividend_records(published, chosen), colours)


def _currency(latest: pl.DataFrame) -> str:
    currencies = latest["currency"].unique().to_list()
    return str(currencies[0]) if len(currencies) == 1 and currencies[0] else "each listing's currency"


def _extremes(latest: pl.DataFrame) -> None:
    cards = {}
    for label, (value, is_highest) in EXTREMES.items():
        known = latest.drop_nulls(value).sort(value, descending=is_highest)
        ticker, number = known.select("symbol", value).row(0) if known.height else ("no stock has one", None)
        figure = formats.percent(number, is_signed=value.startswith("return"))
        cards[label] = Card(figure, ticker, definition(value))
    show_cards(cards)


def _say_without(latest: pl.DataFrame, latest_week: date) -> None:
    others = latest.filter(~pl.col("is_latest_week"))["symbol"].to_list()
    if others:
        words = formats.listed(others)
        st.caption(f"At the week ending {formats.day(latest_week)}; without {as_text(words)}: no price of that week.")


def _say_who_is_grey(colours: Mapping[str, str]) -> None:
    grey = formats.count(len(colours) - len(coloured(colours)), "other")
    if len(colours) > len(PALETTE):
        st.caption(
            f"The first {len(PALETTE):,} tickers have a colour, {grey} are grey: point at a chart along time, and the "
            "nearest line is coloured and named."
        )


def _price(
    published: Publication,
    prices: pl.DataFrame,
    benchmark: Benchmark | None,
    colours: Mapping[str, str],
    period: Period,
    *,
    currency: str,
) -> None:
    st.subheader("Price")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown_as = st.segmented_control(
            "Price as", [REBASED, IN_CURRENCY], default=REBASED, key="shown_as", bind="query-params", required=True
        )
        is_log = st.toggle("Log scale", key="log", bind="query-params", help="Equal distances are equal percentages")
    if shown_as == REBASED:
        base_week, lines = oldest(prices), prices.select("symbol", "week_ending", "growth_of_100")
        chart = against_benchmark.growth(lines, benchmark, colours, base_week=base_week, is_log=is_log)
        unit = f"Dividends put back into the shares, 100 = {formats.day(base_week)}, or where a younger stock begins"
    else:
        unit = f"Close adjusted for splits and dividends, {currency}"
        title = f"Adjusted close ({currency})"
        chart = series.lines(
            prices, value="adj_close_price", title=title, colours=colours, unit=currency, is_log=is_log
        )
    period.show(chart, name="price", alt_text=f"Lines: price of each chosen ticker, {unit}")
    shown = prices.drop(
        "volatility_pct", "drawdown_pct", "return_z_score", "total_return_index", "weeks_spanned", "is_member"
    )
    footnote(shown, published, unit=unit, name="weekly_prices")


def _returns(published: Publication, latest: pl.DataFrame, colours: Mapping[str, str]) -> None:
    st.subheader("Returns")
    alt_text = "Bars: returns of each chosen ticker, as in the table below"
    if coloured(colours) == dict(colours):
        st.altair_chart(bars.returns(latest, colours=colours, horizons=HORIZONS), alt=alt_text)
    else:  # a group of more bars than colours names nobody
        over = choices.horizon()
        best_first = latest.drop_nulls(over).sort(over, descending=True)
        title = f"Total return over {HORIZONS[over]} (%)"
        st.altair_chart(bars.ranking(best_first, name="symbol", value=over, title=title), alt=alt_text)
    columns = ["symbol", "company_name", *HORIZONS, "drawdown_pct", "close_price", "currency", "week_ending"]
    tables.show(latest, [*columns, *tables.flags(latest)])
    footnote(latest, published, unit="Percent, dividends included", name="returns")


def _dividends(published: Publication, yearly: pl.DataFrame, records: pl.DataFrame, colours: Mapping[str, str]) -> None:
    st.subheader("Dividends")
    currency = _currency(records)
    if yearly.is_empty():
        st.caption("None of these stocks paid a regular dividend in this period.")
    else:
        paying = {symbol: colour for symbol, colour in coloured(colours).items() if symbol in yearly["symbol"]}
        drawn = yearly.filter(pl.col("symbol").is_in(list(paying)))
        title = f"Dividend per share and year ({currency})"
        if paying:
            st.altair_chart(
                bars.columns(drawn, value="dividend_per_share", title=title, colours=paying),
                alt="Columns: regular dividends of each chosen ticker by year",
            )
        unit = f"Regular dividends by ex-week, {currency} per share of today; pale: the year is not whole on record"
        unit += "" if coloured(colours) == dict(colours) else "; drawn for those with a colour"
        footnote(yearly, published, unit=unit, as_of=newest(records), name="dividends")
    columns = ["symbol", "company_name", "dividend_yield_pct", "dividend_count_12m", "frequency", "dividend_per_share"]
    tables.show(records, [*columns, "year", "growth_pct", "years_without_cut", "currency", "week_ending"])
    footnote(records, published, unit=f"Yield in percent, {currency} per share", name="dividend_records")
