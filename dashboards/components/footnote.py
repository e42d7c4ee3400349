"""The line under every visual: where its numbers come from, its rows to take home, the pages of its stocks."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import streamlit as st

from dashboards.components import formats
from dashboards.components.links import stock_menu
from dashboards.components.plain_text import as_code, as_text
from dashboards.queries.publication import PriceSource

LOADED = "load_timestamp"  # the moment of a row in every mart
STAMPS = (LOADED, "execution_batch_id")


def footnote(
    shown: pl.DataFrame,
    source: PriceSource,
    *,
    unit: str,
    name: str,
    as_of: date | None = None,
    stamped: str = LOADED,
) -> None:
    """Close a visual: its provenance in one line, its rows as CSV and Parquet, the pages of its stocks.

    Shape:  `shown` holds the rows of the visual, with execution_batch_id and `stamped`, the moment they were written;
            `as_of` is a week or a moment: unless named the newest week of a mart, the newest `stamped` of a ledger;
            `unit` is text, no Markdown: it may name a currency or a ticker.
    """
    as_of = as_of or newest(shown, "week_ending" if stamped == LOADED else stamped)
    moment = formats.moment(as_of) if isinstance(as_of, datetime) else f"the week ending {formats.day(as_of)}"
    market = formats.market(is_sample=source.is_sample)
    # The batch on a line of its own: where it is broken, its parts are no words.
    words = f"{as_text(unit)} · as of {moment} · {market}  \nbatch {_batches(shown, stamped)}"
    line, downloads = st.columns([3, 1], vertical_alignment="center")
    line.caption(words)
    with downloads.container(horizontal=True, horizontal_alignment="right"):
        stock_menu(shown, name=name)
        _download(shown, "CSV", name=name, mime="text/csv", write=pl.DataFrame.write_csv)
        _download(shown, "Parquet", name=name, mime="application/vnd.apache.parquet", write=_parquet)


def newest(frame: pl.DataFrame, column: str = "week_ending") -> date:
    """The newest day or moment of a column; now where it holds none."""
    found = frame[column].max()
    return found if isinstance(found, date) else datetime.now(UTC)


def _batches(shown: pl.DataFrame, stamped: str) -> str:
    # Each row knows the batch that last changed it; the newest of them is the one to look for.
    known = shown.drop_nulls("execution_batch_id").sort(stamped)
    if known.is_empty():
        return "none yet"
    earlier = known["execution_batch_id"].n_unique() - 1
    return as_code(known["execution_batch_id"][-1]) + (f" and {earlier:,} earlier" if earlier else "")


def _download(shown: pl.DataFrame, kind: str, *, name: str, mime: str, write: Callable[..., str | bytes]) -> None:
    st.download_button(
        kind,
        data=lambda: write(shown),  # written when asked for, not at every run of the page
        file_name=f"{name}.{kind.lower()}",
        mime=mime,
        key=f"{name}_{kind.lower()}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help=f"The rows of this visual as {kind}",
    )


def _parquet(shown: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    shown.write_parquet(buffer)
    return buffer.getvalue()
