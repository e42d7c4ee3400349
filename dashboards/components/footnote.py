"""Where the numbers come from: at the head of a page, and under every visual with its rows to take home."""

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

import polars as pl
import streamlit as st

from dashboards.components import formats
from dashboards.components.links import stock_menu
from dashboards.components.plain_text import as_code, as_text
from dashboards.queries.publication import Publication

SAMPLE_MARKET = "sample market, 2000 to 2013"
LIVE_MARKET = "live market, Alpha Vantage"


class HasMarket(Protocol):
    """Whatever knows whether its numbers are the sample's."""

    @property
    def is_sample(self) -> bool:
        """The prices are the historical sample and not live."""


def header(published: Publication, newest_week: date) -> None:
    """Say which market this is and how fresh."""
    market = market_words(published)
    words = market[0].upper() + market[1:]
    with st.container(horizontal=True, vertical_alignment="center"):
        if published.is_sample:
            st.badge(words, icon=":material/science:", color="orange")
        else:
            st.badge(words, icon=":material/sensors:", color="green")
        st.caption(
            f"Latest complete week ended **{formats.day(newest_week)}** · "
            f"published {formats.moment(published.published_at)} by {as_code(published.execution_batch_id)}",
        )


def footnote(
    shown: pl.DataFrame,
    of: HasMarket,
    *,
    unit: str,
    as_of: date | datetime,
    name: str,
    stamped: str = "load_timestamp",
) -> None:
    """Close a visual: its provenance in one line, its rows as CSV and Parquet, the pages of its stocks.

    Shape:  `shown` holds the rows of the visual, with execution_batch_id and `stamped`, the moment they were written;
            `unit` is text, no Markdown: it may name a currency or a ticker.
    """
    moment = formats.moment(as_of) if isinstance(as_of, datetime) else f"the week ending {formats.day(as_of)}"
    words = f"{as_text(unit)} · as of {moment} · {market_words(of)} · batch {_batches(shown, stamped)}"
    line, downloads = st.columns([3, 1], vertical_alignment="center")
    line.caption(words)
    with downloads.container(horizontal=True, horizontal_alignment="right"):
        stock_menu(shown, name=name)
        _download(shown, "CSV", name=name, mime="text/csv", write=_csv)
        _download(shown, "Parquet", name=name, mime="application/vnd.apache.parquet", write=_parquet)


def market_words(of: HasMarket) -> str:
    """Sample or live, in the words of every page."""
    return SAMPLE_MARKET if of.is_sample else LIVE_MARKET


def _batches(shown: pl.DataFrame, stamped: str) -> str:
    # Each row knows the batch that last changed it; the newest of them is the one to look for.
    known = shown.drop_nulls("execution_batch_id").sort(stamped)
    if known.is_empty():
        return "none yet"
    earlier = known["execution_batch_id"].n_unique() - 1
    return as_code(known["execution_batch_id"][-1]) + (f" and {earlier:,} earlier" if earlier else "")


def _download(shown: pl.DataFrame, kind: str, *, name: str, mime: str, write: Callable[[pl.DataFrame], bytes]) -> None:
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


def _csv(shown: pl.DataFrame) -> bytes:
    return shown.write_csv().encode()


def _parquet(shown: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    shown.write_parquet(buffer)
    return buffer.getvalue()
