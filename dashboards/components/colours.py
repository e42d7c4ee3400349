"""One colour per ticker, the same in every chart and on every page of an address."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

# Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour blindness. Left out are
# black and yellow, which vanish on the dark or the light theme.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# What is not a ticker: sectors, guide lines, the hover rule. Readable on both themes.
NEUTRAL = "#7C8BA1"
# A ticker beyond those that have a colour: pale on both themes, so that the others stand out.
OTHER = "#8E9CB080"
# What a chart points at among the neutral: the newest value, a dividend, a median. No ticker has it.
MARKED = "#8B5CF6"
# Parts of a whole that are no tickers, from light to dark; all stand out on both themes.
SHADES = ("#C4CDD9", "#A9B5C5", "#8E9CB0", "#75859C", "#5F6F87", "#4F5E75")
# On a page of one stock a colour is a line: of the palette, by how far the line looks back.
LINES = {
    "SMA 20": "#56B4E9",
    "SMA 50": "#E69F00",
    "SMA 200": "#D55E00",
    "EMA 12": "#009E73",
    "EMA 26": "#CC79A7",
    "Bollinger bands": NEUTRAL,
    "line": "#0072B2",
    "mean": MARKED,
}
# A bar of prices that rose, and one that fell: told apart with every kind of colour blindness, on both themes.
ROSE, FELL = "#2F8FD0", "#D55E00"


class HeatColours(NamedTuple):
    """The cells of a heat map, told apart with every kind of colour blindness, and the ink that reads on each."""

    low: str
    middle: str
    high: str
    ink: str


HEAT = HeatColours("#F0A868", "#F4F4F2", "#7FB2D9", "#1E293B")
HEAT_ON_DARK = HeatColours("#A24E0B", "#1B2431", "#1B679C", "#E5EAF1")  # a white middle would glare


def heat_colours() -> HeatColours:
    """Those of the viewer's theme."""
    return HEAT_ON_DARK if st.context.theme.type == "dark" else HEAT


def ticker_colours(chosen: Sequence[str], *, universe: Sequence[str]) -> dict[str, str]:
    """The colour of each chosen ticker, in their order: as many as the palette has, all others are `OTHER`.

    A ticker's position among all of them names its colour, so that it stays when others come and go. Only where an
    earlier chosen one has that colour already (two of more tickers than colours) it takes the next free one.
    """
    positions = {symbol: position for position, symbol in enumerate(sorted(universe))}
    colours: dict[str, str] = {}
    for symbol in chosen[: len(PALETTE)]:
        first = positions[symbol] % len(PALETTE)
        ring = PALETTE[first:] + PALETTE[:first]
        colours[symbol] = next(colour for colour in ring if colour not in colours.values())
    return colours | dict.fromkeys(chosen[len(PALETTE) :], OTHER)


def coloured(colours: Mapping[str, str]) -> dict[str, str]:
    """Those that have a colour of their own."""
    return {symbol: colour for symbol, colour in colours.items() if colour != OTHER}
