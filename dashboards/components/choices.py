"""What a viewer chooses. Every choice lives in the URL, so that a view can be sent to somebody."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.components import address, formats
from dashboards.components.plain_text import as_text

ALL_SECTORS = "All sectors"
HORIZONS = {
    "return_1w_pct": "1 week",
    "return_4w_pct": "4 weeks",
    "return_13w_pct": "13 weeks",
    "return_52w_pct": "52 weeks",
}
MOST_TICKERS = 20  # of more lines none could be pointed at
TICKERS_AT_FIRST = 5


def tickers(
    universe: list[str],
    names: Mapping[str, str | None],
    *,
    row: DeltaGenerator,
    watchlist: Sequence[str] | None = None,
) -> list[str]:
    """The chosen tickers in the order of their choice, or of a watchlist; the page ends here when there is none."""
    said = st.query_params.get_all("tickers")  # empty where every ticker was taken away
    asked = list(dict.fromkeys(address.asked("tickers") or watchlist or []))
    known = [ticker for ticker in asked if ticker in universe]
    is_open = watchlist is None and "" not in said
    address.give("tickers", known[:MOST_TICKERS] or (universe[:TICKERS_AT_FIRST] if is_open else []))
    chosen = row.multiselect(
        "Tickers",
        universe,
        format_func=lambda symbol: formats.stock(symbol, names.get(symbol)),
        key="tickers",
        on_change=_write_tickers,
        max_selections=MOST_TICKERS,
        placeholder=f"Choose up to {MOST_TICKERS}",
        wrap=True,
    )
    warn_of_unknown([ticker for ticker in asked if ticker not in universe])
    if len(known) > MOST_TICKERS:
        st.caption(f"The first {MOST_TICKERS} of {len(known):,} tickers: no more fit beside each other.")
    if not chosen:
        st.info("**No ticker is chosen.** Choose one or more from the list above.", icon=":material/touch_app:")
        st.stop()
    return chosen


def ticker(universe: list[str], names: Mapping[str, str | None]) -> str:
    """The chosen ticker; the page ends here for one that is not in the warehouse: a link leads to no other stock."""
    asked = address.asked("ticker")[-1:]
    unknown = [ticker for ticker in asked if ticker not in universe]
    address.give("ticker", None if unknown else (asked or universe)[0])
    chosen = st.selectbox(
        "Ticker",
        universe,
        index=None if unknown else 0,
        format_func=lambda symbol: formats.stock(symbol, names.get(symbol)),
        key="ticker",
        on_change=_write_ticker,
        placeholder="Choose a stock",
    )
    warn_of_unknown(unknown)
    if chosen is None and not unknown:
        st.info("**No stock is chosen.** Choose one from the list above.", icon=":material/touch_app:")
    if chosen is None:
        st.stop()
    return str(chosen)


def sector(known: list[str]) -> str | None:
    """The chosen sector; None for all of them."""
    chosen = st.selectbox("Sector", [ALL_SECTORS, *known], key="sector", bind="query-params")
    return None if chosen == ALL_SECTORS else chosen


def horizon() -> str:
    """The column of the chosen return."""
    words = st.segmented_control(
        "Return over", list(HORIZONS.values()), default="52 weeks", key="over", bind="query-params", required=True
    )
    return next(column for column, horizon_words in HORIZONS.items() if horizon_words == words)


def _write_tickers() -> None:
    # What a person adds or removes is no longer the watchlist.
    address.write(tickers=st.session_state["tickers"] or "", watchlist=None)


def _write_ticker() -> None:
    address.write(ticker=st.session_state["ticker"])


def warn_of_unknown(tickers_asked: list[str]) -> None:
    """Name the tickers that the address asks for and the warehouse does not hold."""
    if tickers_asked:
        st.warning(
            f"**{as_text(formats.listed(tickers_asked))}**: not in this warehouse, so not shown. Choose from the list "
            "above, or add it to `STOCK_SYMBOLS` in `.env` and run `make run`.",
            icon=":material/search_off:",
        )
