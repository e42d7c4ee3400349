"""Tables for people: columns as `columns.py` words them, tickers and runs as links, real minus signs."""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboards.components.columns import COLUMNS, number
from dashboards.components.definitions import definition
from dashboards.components.formats import MISSING
from dashboards.components.links import with_run_pages, with_stock_pages
from dashboards.components.minus_signs import Looks, with_minus_signs

# A column is as wide as its text, up to 60 letters if nobody says more; Streamlit draws none that is wider than this.
LETTERS_THAT_FIT, LETTER_WIDTH, WIDEST = 60, 8, 1000  # letters, pixels
LINKS = {"stock_page", "run_page"}


def flags(frame: pl.DataFrame) -> list[str]:
    """The column that marks weeks with rejected fields, where one of them is."""
    return ["has_rejected_fields"] if frame["has_rejected_fields"].any() else []


def show(frame: pl.DataFrame, columns: Sequence[str], *, table: str | None = None, **labels: str) -> None:
    """Draw these columns of a frame as a table for people, tickers and runs as links.

    `labels` reword columns of it; `table` is the one of gold whose comments explain them before those of others.
    """
    if "symbol" in columns:
        frame = with_stock_pages(frame)
        columns = ["stock_page" if column == "symbol" else column for column in columns]
    if "execution_batch_id" in columns:
        frame = with_run_pages(frame)
        columns = ["run_page" if column == "execution_batch_id" else column for column in columns]
    looks: Looks = {column: _look_of(frame[column], labels.get(column), table) for column in columns}
    shown, looks = with_minus_signs(frame, looks)
    st.dataframe(shown, column_order=columns, column_config=looks, hide_index=True, placeholder=MISSING)


def show_facts(facts: Mapping[str, str]) -> None:
    """Draw a table of a fact a row."""
    show(pl.DataFrame({"fact": list(facts), "value": list(facts.values())}), ["fact", "value"])


def _look_of(shown: pl.Series, label: str | None, table: str | None) -> ColumnConfig:
    # A column that has no entry counts the calls of a dataset, which may be new.
    column = shown.name
    look = COLUMNS.get(column) or number(column.replace("_", " ").capitalize(), format="%,d", help="Calls")
    longest = shown.str.len_chars().max() if shown.dtype == pl.String and column not in LINKS else None
    if isinstance(longest, int) and longest > LETTERS_THAT_FIT:
        look = look | {"width": min(LETTER_WIDTH * longest, WIDEST)}
    if meaning := definition(column, table=table):
        look = look | {"help": meaning}
    return look | {"label": label} if label else look
