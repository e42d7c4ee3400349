"""The few numbers at the head of a page."""

from collections.abc import Mapping

import streamlit as st

from dashboards.components.plain_text import as_text

NARROWEST_CARD = 160  # pixels: two beside each other on a phone


def show_cards(cards: Mapping[str, tuple[str, str]]) -> None:
    """Draw a card per label: its value, and words below it; all of them text, no Markdown."""
    with st.grid(len(cards), min_column_width=NARROWEST_CARD):
        for label, (value, words) in cards.items():
            st.metric(
                as_text(label),
                as_text(value),
                as_text(words) if words else None,
                delta_color="off",
                delta_arrow="off",
                border=True,
            )
