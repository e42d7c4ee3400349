"""How every page of prices begins: its question, the market, how fresh."""

from dataclasses import dataclass
from datetime import date
from typing import cast

import polars as pl
import streamlit as st

from dashboards.components import states
from dashboards.components.footnote import header
from dashboards.queries.publication import Publication, stocks


@dataclass(frozen=True)
class Opened:
    """What a page stands on: the publication, its newest complete week, the stocks in it."""

    published: Publication
    newest_week: date
    universe: list[str]


def open_page(question: str) -> Opened:
    """Write the head of a page; a warehouse that is down or empty ends it here."""
    published = states.open_publication()
    known = stocks(published)
    if known.is_empty():
        states.stop_empty()
    newest_week = newest(known, "last_week")
    st.title(question)
    header(published, newest_week)
    states.warn_if_stale(published, newest_week)
    return Opened(published, newest_week, known["symbol"].to_list())


def newest(frame: pl.DataFrame, column: str = "week_ending") -> date:
    """The newest day of a frame that has rows."""
    return cast("date", frame[column].max())
