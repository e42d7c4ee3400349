"""How every page of prices begins: its question, which market, how fresh (too old: `states`)."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from dashboards.components import formats, states
from dashboards.components.footnote import newest
from dashboards.components.plain_text import as_code, as_text
from dashboards.queries.publication import Publication, stocks, stocks_with_days

LATEST_WEEK, NEWEST_DAY = "Latest complete week ended", "Newest session was"


@dataclass(frozen=True)
class Opened:
    """What a page stands on: the publication, its latest week, the stocks in it."""

    published: Publication
    latest_week: date  # without weeks the newest session
    stocks: pl.DataFrame  # (symbol, company_name, sector)

    @property
    def universe(self) -> list[str]:
        """Every symbol, sorted."""
        return self.stocks["symbol"].to_list()

    @property
    def names(self) -> dict[str, str | None]:
        """The company of each symbol; None where nobody told."""
        return dict(self.stocks.select("symbol", "company_name").iter_rows())


def open_page(question: str, *, needs_weeks: bool = True) -> Opened:
    """Write the head of a page; a warehouse that is down, empty or without what the page needs ends it here."""
    published = states.follow_publication()
    if published is None:
        states.stop_empty()
    known = stocks(published)
    has_weeks = not known.is_empty()
    if not has_weeks and needs_weeks:
        states.stop_without_weeks(stocks_with_days(published))
    if not needs_weeks:
        both = pl.concat([known, stocks_with_days(published)], how="diagonal")
        known = both.unique("symbol", keep="first").sort("symbol")
    if known.is_empty():
        states.stop_empty()
    day = newest(known, "latest_week" if has_weeks else "newest_day")
    called = LATEST_WEEK if has_weeks else NEWEST_DAY
    st.title(question)
    header(published, day, called=called)
    states.warn_if_stale(published, day, called=called)
    return Opened(published, day, known)


def header(published: Publication, day: date, *, called: str = LATEST_WEEK) -> None:
    """Say which market this is and how fresh: its newest day, and what that is called."""
    market = formats.market(is_sample=published.is_sample)
    words = market[0].upper() + market[1:]
    clock = ", wall clock" if published.is_sample else ""  # the days of the sample are those of its own
    with st.container(horizontal=True, vertical_alignment="center"):
        if published.is_sample:
            st.badge(words, icon=":material/science:", color="orange")
        else:
            st.badge(words, icon=":material/sensors:", color="green")
        st.caption(
            f"{as_text(called)} **{formats.day(day)}** · published {formats.moment(published.published_at)}{clock}",
            help=f"By the run {as_code(published.execution_batch_id)}",
        )
