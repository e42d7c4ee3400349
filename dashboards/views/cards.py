"""The few numbers at the head of a page."""

from collections.abc import Mapping

import streamlit as st

NARROWEST_CARD = 160  # pixels: two beside each other on a phone


def show_cards(cards: Mapping[str, tuple[str, str]]) -> None:
    """Draw a card per label: its value, and words below it."""
    with st.grid(len(cards), min_column_width=NARROWEST_CARD):
        for label, (value, words) in cards.items():
            st.metric(label, value, words or None, delta_color="off", delta_arrow="off", border=True)
