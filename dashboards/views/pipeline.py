"""Is the data fresh, and which run did it come from? Freshness, runs, budget, lineage, what is
quarantined or rejected, checks, odd daily bars."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboards.components import formats, states, tables
from dashboards.components.cards import Card, show_cards
from dashboards.components.footnote import footnote, newest
from dashboards.components.links import LINEAGE, TAB
from dashboards.components.page_header import NEWEST_DAY, header
from dashboards.components.plain_text import as_code, as_text
from dashboards.queries import pipeline as ask
from dashboards.queries.pipeline_budget import clock
from dashboards.queries.publication import PriceSource, Publication, stocks, stocks_with_days
from dashboards.views import pipeline_budget, pipeline_findings, pipeline_freshness, pipeline_lineage
from include.settings import read_anew

TABS = ["Freshness and runs", LINEAGE, "Doubtful data", "Checks"]  # of the others only what the cards say is read
# What is said of the tickers and rows of a run, as the columns of its counts are called.
COUNTED = {
    "tickers": ("tickers_", ("fetched", "unchanged", "deferred", "failed")),
    "rows_written": ("rows_", ("inserted", "updated", "rejected")),
}


def page() -> None:
    """Draw the page; it works before the first publication too, for then it is needed most."""
    published = states.follow_publication()
    source = ask.price_source()
    st.title("Is the data fresh, and which run did it come from?")
    if source is None:
        states.stop_empty()
    _head(published)
    now = clock(published.market_at if published and source.is_sample else datetime.now(UTC))
    settings = read_anew()
    freshness, runs = pipeline_freshness.read_freshness(settings, now), ask.runs()
    failures = ask.newest_failures()
    _cards(freshness, runs, failures, published)
    today, lineage, doubtful, checks = st.tabs(TABS, key=TAB, bind="query-params")
    if today.open:
        with today:
            pipeline_freshness.show_freshness(source, freshness, now)
            _runs(source, runs, failures)
            pipeline_budget.budget(source, settings, now, full_pass_at=pipeline_freshness.full_pass_at(freshness))
    if lineage.open:
        with lineage:
            pipeline_lineage.lineage(source, runs, published)
    if doubtful.open:
        with doubtful:
            pipeline_findings.quarantined(source)
            pipeline_findings.rejected(source)
            pipeline_findings.restatements(source)
    if checks.open:
        with checks:
            pipeline_findings.checks(source)
            pipeline_findings.findings(source)


def _head(published: Publication | None) -> None:
    if published is None:
        st.info(
            "**Nothing is published yet.** The ledgers below say how far the pipeline has come; `make run` goes on.",
            icon=":material/inbox:",
        )
        return
    if (known := stocks(published)).height:
        header(published, newest(known, "latest_week"))
    elif (known := stocks_with_days(published)).height:
        header(published, newest(known, "newest_day"), called=NEWEST_DAY)


def _cards(freshness: pl.DataFrame, runs: pl.DataFrame, failures: pl.DataFrame, published: Publication | None) -> None:
    fresh = freshness.filter(pl.col("status") == pipeline_freshness.FRESH).height
    failed = runs.filter(pl.col("status") == "failed").height
    cards = {
        "Fresh tickers": Card(f"{fresh:,} of {freshness.height:,}", "hold the newest week"),
        "Newest runs": _newest_runs(runs, failures),
        "Failed runs": Card(f"{failed:,}", f"of the newest {runs.height:,}"),
        "Quarantined": Card(formats.count(ask.quarantines()["symbol"].n_unique(), "ticker"), "held back"),
        "Checks": Card(*pipeline_findings.count_checks(ask.checks())),
        "Published": Card(
            formats.short_day(published.published_at) if published else "nothing yet",
            f"{published.published_at:%H:%M} UTC" if published else "make run",
        ),
    }
    show_cards(cards)


def _newest_runs(runs: pl.DataFrame, failures: pl.DataFrame) -> Card:
    # A build from the shell, of a part of gold perhaps, says nothing of the pipelines.
    of_pipelines = runs.filter(~pl.col("execution_batch_id").str.contains(":shell__", literal=True))
    newest = of_pipelines.unique("pipeline", keep="first", maintain_order=True)
    running = newest.filter(pl.col("status") == "running").height
    failed = newest.filter(pl.col("pipeline").is_in(failures["pipeline"].implode())).height
    words = "pipelines went well" + (f", {running:,} at work" if running else "")
    return Card(f"{newest.height - running - failed:,} of {newest.height:,}", words)


def _runs(source: PriceSource, runs: pl.DataFrame, failures: pl.DataFrame) -> None:
    st.subheader("Runs")
    if runs.is_empty():
        st.caption("No run yet: `make run`.")
        return
    for pipeline, error in failures.iter_rows():
        st.warning(f"**The newest run of {as_code(pipeline)} failed.** {as_text(error)}", icon=":material/error:")
    standing = ask.standing_failures()
    if standing.height:
        st.markdown("**Failed in the last 30 days, and not answered since**")
        tables.show(standing, ["symbol", "function", "failed_at", "reason", "execution_batch_id"])
        unit = "A ticker and function each, with what the source said, newest failure; a later run forgets none"
        footnote(standing, source, unit=unit, name="failures", stamped="failed_at")
    columns = ["pipeline", "status", "started_at", "seconds", *COUNTED, "execution_batch_id"]
    tables.show(_in_words(runs), [*columns, *(["error"] if runs["error"].count() else [])])
    unit = "Tickers, rows of silver, seconds on the wall; newest first; CSV and Parquet hold every count"
    footnote(runs, source, unit=unit, name="runs", stamped="started_at")


def _in_words(runs: pl.DataFrame) -> pl.DataFrame:
    # What is not zero: a column for each of the ten counts is wider than a window.
    words = {
        column: [_what_is_not_zero(row, prefix, counts) for row in runs.iter_rows(named=True)]
        for column, (prefix, counts) in COUNTED.items()
    }
    return runs.with_columns(pl.Series(column, said, pl.String) for column, said in words.items())


def _what_is_not_zero(row: dict[str, Any], prefix: str, counts: Sequence[str]) -> str | None:
    return ", ".join(f"{row[prefix + name]:,} {name}" for name in counts if row[prefix + name]) or None
