"""Lineage in *Pipeline*: from an API call over bronze, silver and gold to the chart, by batch id."""

import polars as pl
import streamlit as st

from dashboards.components import tables
from dashboards.components.footnote import footnote
from dashboards.components.outcomes import in_words
from dashboards.queries import pipeline_lineage as ask
from dashboards.queries.publication import PriceSource, Publication


def lineage(source: PriceSource, runs: pl.DataFrame, published: Publication | None) -> None:
    """What the chosen batch left in each layer, and each of its calls."""
    st.subheader("Lineage")
    batches = runs["execution_batch_id"].to_list()
    if published and published.execution_batch_id not in batches:
        batches.append(published.execution_batch_id)
    if not batches:
        st.caption("No run yet: `make run`.")
        return
    # The run that the charts name is what a viewer looks for first. Where the address names one, nothing is chosen by
    # itself: Streamlit would take it out of the address.
    first = batches.index(published.execution_batch_id) if published else 0
    is_named = st.query_params.get("batch") in batches
    chosen = st.selectbox("Run", batches, index=None if is_named else first, key="batch", bind="query-params")
    batch = chosen or batches[first]
    trail = ask.trail_of(batch).with_columns(execution_batch_id=pl.lit(batch))
    tables.show(trail, ["layer", "what", "rows", "at"])
    unit = "Numbers of calls, objects and rows, in the order of the flow"
    footnote(trail, source, unit=unit, name="lineage", stamped="at")
    calls = ask.calls_of(batch)
    if calls.is_empty():
        st.caption("This run made no API call: it worked on what the lake and silver held.")
        return
    columns = ["symbol", "function", "outcome", "called_at", "seconds", "bytes", "rows_received", "rows_changed"]
    shown = calls.with_columns(outcome=in_words(pl.col("outcome")))
    tables.show(shown, [*columns, *(["message"] if calls["message"].count() else []), "bronze_key"])
    unit = "Each API call of the run: seconds, bytes of the payload, rows of silver that the payload changed"
    footnote(calls, source, unit=unit, name="calls", stamped="called_at")
