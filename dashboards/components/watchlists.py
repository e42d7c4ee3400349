"""A list of tickers to begin with: one of a person's own, or the stocks of a sector. The address holds its name."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.components import address, formats
from dashboards.components.page_header import Opened
from dashboards.components.plain_text import as_text
from include.serving.watchlists import NAME, read_watchlists
from include.settings import get_settings

KEY = "watchlist"  # also in the address
WIDTH = 240  # pixels


@dataclass(frozen=True)
class Watchlist:
    """A chosen list: its tickers that are in the warehouse."""

    name: str
    symbols: tuple[str, ...]


def choose_watchlist(opened: Opened, row: DeltaGenerator) -> Watchlist | None:
    """The list that the address names, chosen in a row of controls; what is wrong with a list is said below it."""
    own = read_watchlists(get_settings().stack.home)
    lists = _of_sectors(opened.stocks) | own.lists
    asked = next(iter(address.asked(KEY)), None)
    name = asked if asked in lists else None
    address.give(KEY, name)
    row.selectbox(
        "Watchlist",
        [*own.lists, *(other for other in lists if other not in own.lists)],
        index=None,
        format_func=lambda each: each if each in own.lists else f"Sector: {each}",
        key=KEY,
        on_change=_write,
        placeholder="None",
        width=WIDTH,
        help=f"A sector, or a list of your own in `{NAME}` in the folder STOCKLAKE_HOME",
    )
    for fault in own.faults:
        st.warning(f"**A watchlist cannot be read.** {as_text(fault)}", icon=":material/playlist_remove:")
    if asked and not name:
        st.warning(f"**{as_text(asked)}**: no such watchlist.", icon=":material/search_off:")
    return _of_warehouse(name, lists[name], opened.universe) if name else None


def _of_warehouse(name: str, symbols: Sequence[str], universe: Sequence[str]) -> Watchlist:
    unknown = [symbol for symbol in symbols if symbol not in universe]
    if unknown:
        st.warning(
            f"**{as_text(formats.listed(unknown))}** of the watchlist {as_text(name)}: not in this warehouse. Add it "
            "to `STOCK_SYMBOLS` in `.env` and run `make run`.",
            icon=":material/search_off:",
        )
    return Watchlist(name, tuple(symbol for symbol in symbols if symbol in universe))


def _of_sectors(stocks: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    grouped = stocks.group_by("sector").agg("symbol").sort("sector")
    return {sector: tuple(symbols) for sector, symbols in grouped.iter_rows()}


def _write() -> None:
    # Its tickers take the place of those that were chosen one by one.
    address.write(watchlist=st.session_state[KEY], tickers=None)
