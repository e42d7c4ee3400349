"""What the address holds and a widget shows, where Streamlit cannot bind the two: it would write an option's label.

A page reads the address at each run, gives a widget what stands there, and a choice is written there by the widget's
callback. So *back*, a link and a reload all show the same.
"""

from collections.abc import Sequence

import streamlit as st


def give(key: str, value: object) -> None:
    """Show this value in the widget of this key."""
    # What is given again would take away what a person is typing.
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def asked(name: str) -> list[str]:
    """What the address says of a name, without empty words."""
    return [word for word in st.query_params.get_all(name) if word]


def write(**choices: str | Sequence[str] | None) -> None:
    """Write choices into the address; None takes one away. Together they are one entry of the browser's history."""
    st.query_params.update({name: [] if words is None else words for name, words in choices.items()})
