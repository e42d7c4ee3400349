"""Is the data fresh, and which run did it come from? Freshness, runs, budget, lineage, what is
quarantined or rejected, checks."""

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from dashboards.components import formats, states, tables
from dashboards.components.cards import show_cards
from dashboards.components.footnote import footnote, newest
from dashboards.components.page_header import header
from dashboards.components.plain_text import as_code, as_text
from dashboards.queries import pipeline as ask
from dashboards.queries.pipeline_budget import clock
from dashboards.queries.publication import PriceSource, Publication, stocks
from dashboards.views import pipeline_budget, pipeline_findings, pipeline_lineage
from include.exchanges import exchange_of, last_closed_session, last_closed_week
from include.settings import get_settings

FRESH, BEHIND, NEVER = "fresh", "behind", "never fetched"
MOST_TICKERS = 500


def page() -> None:
    """Draw the page; it works before the first publication too, for then it is needed most."""
    published = states.follow_publication()
    source = ask.price_source()
    st.title("Is the data fresh, and which run did it come from?")
    if source is None:
        states.stop_empty()
    _head(published)
    now = clock(published.market_at if published and source.is_sample else datetime.now(UTC))
    freshness, runs = _freshness(now), ask.runs()
    _cards(freshness, runs, published)
    _show_freshness(source, freshness, now)
    _runs(source, runs)
    pipeline_budget.budget(source, now)
    pipeline_lineage.lineage(source, runs, published)
    pipeline_findings.quarantined(source)
    pipeline_findings.rejected(source)
    pipeline_findings.restatements(source)
    pipeline_findings.checks(source)


def _head(published: Publication | None) -> None:
    if published is None:
        st.info(
            "**Nothing is published yet.** The ledgers below say how far the pipeline has come; `make run` goes on.",
            icon=":material/inbox:",
        )
        return
    known = stocks(published)
    if known.height:
        header(published, newest(known, "last_week"))


def _freshness(now: datetime) -> pl.DataFrame:
    held = ask.tickers(get_settings().source.symbols)
    # A symbol of each exchange: ten thousand tickers trade on at most fifty calendars.
    of_exchange = {exchange_of(symbol): symbol for symbol in held["symbol"]}
    closed = {
        at: (last_closed_week(symbol, now), last_closed_session(symbol, now)) for at, symbol in of_exchange.items()
    }
    weeks, days = zip(*(closed[exchange_of(symbol)] for symbol in held["symbol"]), strict=True)
    return held.with_columns(
        pl.Series("expected_week", weeks, pl.Date), pl.Series("expected_day", days, pl.Date)
    ).with_columns(
        status=pl.when(pl.col("newest_week").is_null())
        .then(pl.lit(NEVER))
        .when(pl.col("newest_week") >= pl.col("expected_week"))
        .then(pl.lit(FRESH))
        .otherwise(pl.lit(BEHIND))
    )


def _cards(freshness: pl.DataFrame, runs: pl.DataFrame, published: Publication | None) -> None:
    fresh = freshness.filter(pl.col("status") == FRESH).height
    failed = runs.filter(pl.col("status") == "failed").height
    newest_run = runs.row(0, named=True) if runs.height else {}
    seconds = newest_run.get("seconds")
    cards = {
        "Fresh tickers": (f"{fresh:,} of {freshness.height:,}", "hold the newest closed week"),
        "Newest run": (
            str(newest_run.get("status", formats.MISSING)),
            f"{newest_run.get('pipeline', '')}, {formats.number(seconds, 1)} s",
        ),
        "Failed runs": (f"{failed:,}", f"of the newest {runs.height:,}"),
        "Published": (
            formats.short_day(published.published_at) if published else "nothing yet",
            f"{published.published_at:%H:%M} UTC" if published else "make run",
        ),
    }
    show_cards(cards)


def _show_freshness(source: PriceSource, freshness: pl.DataFrame, now: datetime) -> None:
    st.subheader("Freshness")
    late = freshness.filter(pl.col("status") != FRESH)
    if late.height:
        st.warning(
            f"**{formats.count(late.height, 'ticker')}** lack the newest closed week: `make run` fetches what is due.",
            icon=":material/history:",
        )
    else:
        st.success("Every ticker holds the newest week that its exchange has closed.", icon=":material/check_circle:")
    stalest_first = freshness.sort("newest_week", "symbol", nulls_last=False)
    columns = ["symbol", "status", "newest_week", "expected_week", "newest_day", "expected_day", "answered_at"]
    tables.show(stalest_first.head(MOST_TICKERS), [*columns, "execution_batch_id"])
    unit = f"The tickers of STOCK_SYMBOLS, stalest first, {MOST_TICKERS} at most; the status is that of the weeks"
    footnote(stalest_first.head(MOST_TICKERS), source, unit=unit, as_of=now, name="freshness", stamped="loaded_at")


def _runs(source: PriceSource, runs: pl.DataFrame) -> None:
    st.subheader("Runs")
    if runs.is_empty():
        st.caption("No run yet: `make run`.")
        return
    for pipeline, error in ask.newest_failures().iter_rows():
        st.warning(f"**The newest run of {as_code(pipeline)} failed.** {as_text(error)}", icon=":material/error:")
    told = ["pipeline", "status", "started_at", "seconds"]
    tickers = ["tickers_planned", "tickers_fetched", "tickers_unchanged", "tickers_deferred", "tickers_failed"]
    rows = ["rows_received", "rows_rejected", "rows_inserted", "rows_updated", "rows_unchanged"]
    tables.show(runs, [*told, *tickers, *rows, "error", "execution_batch_id"])
    unit = "Tickers, rows of silver, seconds on the wall; newest first"
    footnote(runs, source, unit=unit, name="runs", stamped="started_at")
