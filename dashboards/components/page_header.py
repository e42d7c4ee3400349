"""How every page of prices begins: its question, which market, how fresh (too old: `states`)."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from dashboards.components import formats, states
from dashboards.components.footnote import newest
from dashboards.components.plain_text import as_code
from dashboards.queries.publication import Publication, stocks


@dataclass(frozen=True)
class Opened:
    """What a page stands on: the publication, its latest week, the stocks in it."""

    published: Publication
    latest_week: date
    stocks: pl.DataFrame  # (symbol, company_name, sector)

    @property
    def universe(self) -> list[str]:
        """Every symbol, sorted."""
        return self.stocks["symbol"].to_list()

    @property
    def names(self) -> dict[str, str | None]:
        """The company of each symbol; None where nobody told."""
        return dict(self.stocks.select("symbol", "company_name").iter_rows())


def open_page(question: str) -> Opened:
    """Write the head of a page; a warehouse that is down or empty ends it here."""
    published = states.follow_publication()
    if published is None or (known := stocks(published)).is_empty():
        states.stop_empty()
    latest_week = newest(known, "latest_week")
    st.title(question)
    header(published, latest_week)
    states.warn_if_stale(published, latest_week)
    return Opened(published, latest_week, known)


def header(published: Publication, latest_week: date) -> None:
    """Say which market this is and how fresh."""
    market = formats.market(is_sample=published.is_sample)
    words = market[0].upper() + market[1:]
    clock = ", wall clock" if published.is_sample else ""  # the days of the sample are those of its own
    with st.container(horizontal=True, vertical_alignment="center"):
        if published.is_sample:
            st.badge(words, icon=":material/science:", color="orange")
        else:
            st.badge(words, icon=":material/sensors:", color="green")
        st.caption(
            f"Latest complete week ended **{formats.day(latest_week)}** · "
            f"published {formats.moment(published.published_at)}{clock}",
            help=f"By the run {as_code(published.execution_batch_id)}",
        )
