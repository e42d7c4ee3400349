"""The filters of *Screener*: each in the address by its own name, `volatility_pct=..30&sector=Energy`, and in words."""

from functools import partial

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.components import address, formats
from dashboards.components.choices import HORIZONS
from dashboards.components.page_header import Opened
from dashboards.components.plain_text import as_text
from dashboards.components.watchlists import KEY as WATCHLIST
from dashboards.components.watchlists import choose_watchlist
from include.serving.screener import Between, Filter, OneOf, read_range, write_range

Z_SCORE = "return_z_score"
FIGURES = {
    **{column: f"Return of {words}" for column, words in HORIZONS.items()},
    "volatility_pct": "Volatility",
    "below_high_52w_pct": "Distance from 52-week high",
    "drawdown_pct": "Distance from peak",
    "max_drawdown_pct": "Max drawdown",
    "dividend_yield_pct": "Yield",
    Z_SCORE: "z-score",
}
SECTOR, SECTORS_KEY = "sector", "sectors"
PARAMETERS = (WATCHLIST, SECTOR, *FIGURES)
COLUMNS, NARROWEST, BOUND_WIDTH = 5, 220, 104  # of the grid of ranges; pixels


def choose_filters(opened: Opened, stocks: pl.DataFrame) -> tuple[list[Filter], dict[str, str]]:
    """Draw the filters; those that are set, and each of them in words by its figure."""
    row = st.container(horizontal=True, vertical_alignment="top")
    watchlist = choose_watchlist(opened, row)
    sectors = _choose_sectors(stocks, row)
    filters: list[Filter] = []
    words = {}
    if watchlist:
        filters.append(OneOf("symbol", watchlist.symbols))
        words["symbol"] = f"watchlist {watchlist.name}"
    if sectors:
        filters.append(OneOf(SECTOR, tuple(sectors)))
        words[SECTOR] = f"sector {' or '.join(sectors)}"
    ranges = _choose_ranges(stocks)
    return filters + list(ranges), words | {one.figure: _in_words(one) for one in ranges}


def forget() -> None:
    """Take every filter out of the address."""
    address.write(**dict.fromkeys(PARAMETERS))


def _choose_sectors(stocks: pl.DataFrame, row: DeltaGenerator) -> list[str]:
    known = stocks[SECTOR].unique().sort().to_list()
    asked = list(dict.fromkeys(address.asked(SECTOR)))
    address.give(SECTORS_KEY, [sector for sector in asked if sector in known])
    chosen = row.multiselect(
        "Sectors",
        known,
        key=SECTORS_KEY,
        on_change=lambda: address.write(sector=st.session_state[SECTORS_KEY]),
        placeholder="All sectors",
    )
    if unknown := [sector for sector in asked if sector not in known]:
        st.warning(f"**{as_text(formats.listed(unknown))}**: no such sector here.", icon=":material/search_off:")
    return chosen


def _choose_ranges(stocks: pl.DataFrame) -> list[Between]:
    asked = [_of_address(figure) for figure in FIGURES]
    with (
        st.expander("Ranges: from and to, empty for no bound", expanded=True),
        st.grid(COLUMNS, min_column_width=NARROWEST),
    ):
        for figure, range_asked in zip(FIGURES, asked, strict=True):
            _draw_range(figure, range_asked or Between(figure), stocks[figure].fill_nan(None))
    if any(map(address.asked, PARAMETERS)):
        st.button("Clear filters", icon=":material/filter_alt_off:", on_click=forget)
    return [one for one in asked if one]


def _of_address(figure: str) -> Between | None:
    text = next(iter(address.asked(figure)), None)
    if text is None:
        return None
    try:
        found = read_range(figure, text)
    except ValueError:
        st.warning(
            f"**{as_text(f'{figure}={text}')}**: no range. Write for example 10..30, 10.. or ..30.",
            icon=":material/search_off:",
        )
        return None
    return None if found == Between(figure) else found


def _draw_range(figure: str, shown: Between, values: pl.Series) -> None:
    unit = "" if figure == Z_SCORE else " (%)"
    with st.container(gap=None):
        st.caption(f"{FIGURES[figure]}{unit}")
        with st.container(horizontal=True, gap="xsmall"):
            for bound, end, value in (("from", values.min(), shown.low), ("to", values.max(), shown.high)):
                address.give(f"{figure}_{bound}", value)
                st.number_input(
                    f"{FIGURES[figure]} {bound}",
                    value=None,
                    key=f"{figure}_{bound}",
                    on_change=partial(_write_range, figure),
                    format="%g",
                    step=1.0,
                    placeholder=formats.number(end if isinstance(end, float) else None, 1),
                    label_visibility="collapsed",
                    width=BOUND_WIDTH,
                )


def _write_range(figure: str) -> None:
    low, high = (st.session_state[f"{figure}_{bound}"] for bound in ("from", "to"))
    address.write(**{figure: write_range(low, high) or None})


def _in_words(one: Between) -> str:
    low, high = (None if bound is None else f"{bound:,g}".replace("-", formats.MINUS) for bound in (one.low, one.high))
    bounds = f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"
    return f"{FIGURES[one.figure].lower()} {bounds}{'' if one.figure == Z_SCORE else ' %'}"
