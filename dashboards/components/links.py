"""Ways to a ticker's page and to a run: a link in every table, and a menu of a visual's tickers for the keyboard."""

from urllib.parse import quote, urlencode

import polars as pl
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboards.components.plain_text import as_text

IN_SYMBOLS = ":=^"  # characters of symbols that an address may hold as they are
MOST_IN_MENU = 200
COMPARE, STOCK, PIPELINE = "compare", "stock", "pipeline"
TAB, LINEAGE = "tab", "Lineage"  # of *Pipeline*
# By their path, filled by app.py: a part of pages cannot know the pages, which import it.
PAGES: dict[str, StreamlitPage] = {}


def with_stock_pages(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the address of each row's stock as `stock_page`, over the period that is chosen here."""
    period = st.query_params.get("period")
    kept = {"period": period} if period else {}
    addresses = {
        symbol: f"{STOCK}?{urlencode({'ticker': symbol, **kept}, safe=IN_SYMBOLS)}"
        for symbol in frame["symbol"].unique()
    }
    return frame.with_columns(stock_page=pl.col("symbol").replace_strict(addresses, return_dtype=pl.String))


def run_page(batch: str) -> str:
    """The address of what a run left in each layer."""
    return f"{PIPELINE}?{TAB}={LINEAGE}&batch={quote(batch, safe='')}"


def with_run_pages(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the address of the run that wrote each row; null where none did."""
    addresses = {batch: run_page(batch) for batch in frame["execution_batch_id"].drop_nulls().unique()}
    run = pl.col("execution_batch_id").cast(pl.String).replace_strict(addresses, default=None, return_dtype=pl.String)
    return frame.with_columns(run_page=run)


def stock_menu(shown: pl.DataFrame, *, name: str) -> None:
    """Lead to the pages of a visual's stocks; nothing where it shows one stock or none."""
    symbols = shown["symbol"].unique().sort().to_list() if "symbol" in shown.columns else []
    if len(symbols) <= 1:
        return
    # A table is a canvas, whose links no key can follow.
    chosen = st.menu_button(
        "Stock",
        symbols[:MOST_IN_MENU],
        format_func=as_text,
        key=f"{name}_stock",
        type="tertiary",
        icon=":material/candlestick_chart:",
        help="The page of one of these stocks",
    )
    if chosen is not None:
        st.switch_page(PAGES[STOCK], query_params={"ticker": chosen})
