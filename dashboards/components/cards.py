"""The few numbers at the head of a page: the figure large, below it whose it is or of when."""

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from dashboards.components.plain_text import as_text

NARROWEST_CARD = 160  # pixels: two beside each other on a phone


class Card(NamedTuple):
    """A figure, words below it, and what it means (`definitions.definition`), which is shown on hover as Markdown."""

    value: str
    words: str = ""
    meaning: str | None = None


def show_cards(cards: Mapping[str, Card]) -> None:
    """Draw a card per label; value and words are text, no Markdown."""
    with st.grid(len(cards), min_column_width=NARROWEST_CARD):
        for label, card in cards.items():
            st.metric(
                as_text(label),
                as_text(card.value),
                as_text(card.words) if card.words else None,
                delta_color="off",
                delta_arrow="off",
                border=True,
                help=card.meaning,
            )
