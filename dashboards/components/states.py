"""The states of every page beside the good one: down, empty, stale, and a newer batch than the one on show."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Never

import polars as pl
import streamlit as st

from dashboards.components import formats
from dashboards.components.plain_text import as_code, as_text
from dashboards.queries.publication import Publication, newest_publication
from dashboards.reader import WarehouseDown, WarehouseUnreadable
from include.errors import SettingsError

# A week ends on Friday and is published by the Sunday after it: ten days later the next one is overdue.
STALE_AFTER = timedelta(days=10)
LOOK_FOR_NEWS_EVERY = timedelta(seconds=60)


@contextmanager
def error_messages() -> Iterator[None]:
    """Show a known error as a message with the next step."""
    try:
        yield
    except SettingsError as error:
        _say("A setting is wrong", f"{as_text(error)}. Mend it in `.env`.")
    except WarehouseDown as error:
        is_certificate = "certificate" in str(error)
        reason = "The certificate of Postgres is not accepted" if is_certificate else "Postgres cannot be reached"
        _say(
            "The warehouse does not answer",
            f"{reason}, so there are no prices to show. `make status` says what runs, `make up` "
            "starts what does not. Your choices are kept in the address of this page.",
        )
    except WarehouseUnreadable as error:
        _say(
            "The warehouse cannot answer this page",
            "It runs, but its tables are not the ones this page needs, or it is overloaded. The next run of the "
            f"pipeline (`make run`) builds them again. Its own words: {as_code(error)}",
        )


def follow_publication() -> Publication | None:
    """The newest publication or None, followed to the next one."""
    published = newest_publication()
    _follow(published)
    return published


def stop_empty() -> Never:
    """End the page of a warehouse without prices."""
    st.info(
        "**The warehouse is empty.** It runs, but no prices were published yet. Fill it with `make run`: "
        "this page shows them within a minute after.",
        icon=":material/inbox:",
    )
    st.stop()


def stop_without_weeks(with_days: pl.DataFrame) -> Never:
    """End a page of weeks where no stock has one; (symbol) of those that have daily bars."""
    if with_days.is_empty():
        stop_empty()
    st.info(
        f"**No weekly prices yet.** There are daily prices of {formats.count(with_days.height, 'stock')}, which the "
        "page *Technical* shows. This page is about weeks: `make run PIPELINE=weekly` brings them.",
        icon=":material/date_range:",
    )
    st.stop()


def warn_if_stale(published: Publication, newest: date, *, called: str) -> None:
    """Say so when a newer week or session should be here by now; `called` is what `newest` is."""
    # The sample market's clock stands still; what it said at the publication is its now.
    now = published.market_at if published.is_sample else datetime.now(UTC)
    if now - datetime.combine(newest, time(), UTC) <= STALE_AFTER:
        return
    st.warning(
        f"**These prices are stale.** {as_text(called)} on {formats.day(newest)}, and it is "
        f"{formats.day(now.date())} by the market's clock. `make run` fetches what is missing; the page *Pipeline* "
        "says of each ticker why it did not come by itself.",
        icon=":material/history:",
    )


@st.fragment(run_every=LOOK_FOR_NEWS_EVERY)
def _follow(shown: Publication | None) -> None:
    # A warehouse that is away for a moment spoils nothing that is already on the screen.
    with suppress(WarehouseDown, WarehouseUnreadable):
        if newest_publication() != shown:
            st.rerun()


def _say(title: str, advice: str) -> None:
    st.error(f"**{title}.** {advice}", icon=":material/cloud_off:")
    st.button("Try again", icon=":material/refresh:")
