"""Which stocks fit? All stocks of the latest week by what they returned, risked and paid."""

from datetime import date

import polars as pl
import streamlit as st

from dashboards.charts import bars
from dashboards.components import address, formats, links, tables
from dashboards.components.choices import HORIZONS, MOST_TICKERS
from dashboards.components.footnote import STAMPS, footnote
from dashboards.components.page_header import open_page
from dashboards.components.plain_text import as_text
from dashboards.queries import screener as ask
from dashboards.queries.publication import Publication
from dashboards.views.screener_filters import FIGURES, Z_SCORE, choose_filters
from include.serving.screener import count_excluded, keep_fitting, sort_stocks

SORT, ORDER = "sort", "order"  # in the address, and of their widgets
SORTED_AT_FIRST = "return_52w_pct"
HIGHEST, LOWEST = "highest", "lowest"
SIGNED = {*HORIZONS, Z_SCORE}  # what a plus sign tells apart
MOST_BARS, MOST_ROWS, MOST_NAMED = 20, 1_000, 10


def page() -> None:
    """Draw the page for the choices in its address."""
    opened = open_page("Which stocks fit?")
    published = opened.published
    everything = ask.stocks(published)
    is_compared = pl.col("is_latest_week") & ~pl.col("is_tick_bound")
    stocks = everything.filter(is_compared).drop("is_latest_week", "is_tick_bound")
    filters, words = choose_filters(opened, stocks)
    figure, order = _choose_order()
    found = sort_stocks(keep_fitting(stocks, filters), figure, is_descending=order == HIGHEST)

    st.subheader(f"{found.height:,} of {formats.count(stocks.height, 'stock')}")
    _say_without(everything, opened.latest_week)
    excluded = count_excluded(stocks, filters)
    _say_excluded(excluded, words)
    if found.is_empty():
        _say_none(excluded, words, stocks.height)
        return
    _compare(found)
    _table(published, found, figure, order, of=stocks.height)
    _bars(published, found, figure, order)


def _choose_order() -> tuple[str, str]:
    asked = next(iter(address.asked(SORT)), SORTED_AT_FIRST)
    address.give(SORT, asked if asked in FIGURES else SORTED_AT_FIRST)
    address.give(ORDER, LOWEST if address.asked(ORDER) == [LOWEST] else HIGHEST)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        figure = st.selectbox(
            "Sorted by",
            list(FIGURES),
            format_func=lambda each: FIGURES[each],
            key=SORT,
            on_change=lambda: address.write(sort=st.session_state[SORT]),
            width=260,
        )
        order = st.segmented_control(
            "Order",
            [HIGHEST, LOWEST],
            format_func=lambda each: f"{each.capitalize()} first",
            key=ORDER,
            on_change=lambda: address.write(order=LOWEST if st.session_state[ORDER] == LOWEST else None),
            required=True,
            help="Stocks without the figure come last either way",
        )
    return str(figure), str(order)


def _say_without(everything: pl.DataFrame, latest_week: date) -> None:
    reasons = {
        "no price of that week": everything.filter(~pl.col("is_latest_week")),
        "a close below 0.01 moves in too coarse steps": everything.filter("is_latest_week", "is_tick_bound"),
    }
    words = [f"without {_named(left['symbol'].to_list())}: {why}" for why, left in reasons.items() if left.height]
    if words:
        st.caption(as_text(f"At the week ending {formats.day(latest_week)}; {'; '.join(words)}."))


def _named(symbols: list[str]) -> str:
    others = [f"{len(symbols) - MOST_NAMED:,} others"] if len(symbols) > MOST_NAMED else []
    return formats.listed([*symbols[:MOST_NAMED], *others])


def _say_excluded(excluded: pl.DataFrame, words: dict[str, str]) -> None:
    said = []
    for figure, number, unknown in excluded.iter_rows():
        without = f" ({formats.count(unknown, 'stock has', 'stocks have')} no {_noun(figure)})" if unknown else ""
        said.append(f"{number:,} by *{as_text(words[figure])}*{without}")
    if said:
        st.caption(f"Excluded, by each filter alone: {' · '.join(said)}")


def _noun(figure: str) -> str:
    return FIGURES.get(figure, figure).lower()


def _say_none(excluded: pl.DataFrame, words: dict[str, str], stocks: int) -> None:
    figure, number = excluded.sort("excluded", descending=True, maintain_order=True).row(0)[:2]
    st.info(
        f"**No stock fits.** Most are excluded by *{as_text(words[figure])}*: {number:,} of "
        f"{formats.count(stocks, 'stock')}. Widen that filter first.",
        icon=":material/filter_alt:",
    )


def _compare(found: pl.DataFrame) -> None:
    is_cut = found.height > MOST_TICKERS
    label = f"Compare the first {MOST_TICKERS}" if is_cut else f"Compare {formats.count(found.height, 'stock')}"
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = found["symbol"].head(MOST_TICKERS).to_list()
        st.page_link(
            links.PAGES[links.COMPARE],
            label=label,
            icon=":material/stacked_line_chart:",
            query_params={"tickers": chosen},
            width="content",
        )
        if is_cut:
            st.caption(f"*Compare* takes {MOST_TICKERS} stocks: the first of this order.", width="content")


def _table(published: Publication, found: pl.DataFrame, figure: str, order: str, *, of: int) -> None:
    columns = ["symbol", "company_name", "sector", *FIGURES, "close_price", "currency"]
    tables.show(found.head(MOST_ROWS), [*columns, *tables.flags(found)])
    cut = f", the first {MOST_ROWS:,} in the table" if found.height > MOST_ROWS else ""
    unit = "Percent, returns with dividends, volatility a year; z-score in deviations"
    unit += f"; {found.height:,} of {formats.count(of, 'stock')}, {order} {_noun(figure)} first{cut}"
    footnote(found, published, unit=unit, name="screener")


def _bars(published: Publication, found: pl.DataFrame, figure: str, order: str) -> None:
    known = found.filter(pl.col(figure).is_not_nan()).head(MOST_BARS)
    if known.is_empty():
        return
    title = FIGURES[figure] + ("" if figure == Z_SCORE else " (%)")
    st.subheader(FIGURES[figure])
    chart = bars.ranking(known, name="symbol", value=figure, title=title, is_signed=figure in SIGNED)
    st.altair_chart(chart, alt=f"Bars: {title}, {order} first, as in the table above")
    shown = known.select("symbol", "company_name", figure, "week_ending", *STAMPS)
    footnote(shown, published, unit=f"{title}; {formats.leading(known.height, MOST_BARS, order)}", name="screener_bars")
