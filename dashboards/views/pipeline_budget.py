"""The API budget in *Pipeline*: what was spent, what is left, and what the coming days will ask for."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboards.charts import bars
from dashboards.components import formats, tables
from dashboards.components.footnote import footnote
from dashboards.components.outcomes import in_words
from dashboards.queries import pipeline_budget as ask
from dashboards.queries.publication import PriceSource
from include.settings import Settings


def budget(source: PriceSource, settings: Settings, now: datetime, *, full_pass_at: datetime | None) -> None:
    """Credits of the last days, and the plan; when the last of the tickers that wait for a later day is asked."""
    st.subheader("API budget")
    spent, is_closed = ask.credits_spent()
    left = ask.credits_left(settings)
    limits = "; these limits are the sample market's own" if source.is_sample else ""
    closed = " The source itself said that the day is spent." if is_closed else ""
    st.markdown(
        f"**{spent:,}** of {settings.source.requests_per_day:,} credits spent in the last 24 hours, **{left:,}** left, "
        f"at most {settings.source.requests_per_minute:,} calls a minute{limits}.{closed}{_full_pass(full_pass_at)}"
    )
    # The sample market's limit is never met: a line there would leave no room for the bars.
    _spent(source, ask.credits_by_day(), limit=None if source.is_sample else settings.source.requests_per_day)
    _plan(source, ask.coming_days(settings, now, left), now)


def _full_pass(at: datetime | None) -> str:
    return f" A full pass over the weekly prices at this budget is done by **{formats.day(at)}**." if at else ""


def _spent(source: PriceSource, spent: pl.DataFrame, *, limit: int | None) -> None:
    if spent.is_empty():
        st.caption(f"No call in the last {ask.DAYS_OF_CREDITS} days.")
        return
    days = spent.with_columns(pl.col("day").dt.strftime("%-d %b"), outcome=in_words(pl.col("outcome")))
    order = days["day"].unique(maintain_order=True).to_list()
    chart = bars.stacks(days, name="day", part="outcome", value="credits", title="API calls", order=order, limit=limit)
    st.altair_chart(chart, alt="Bars: API calls of each day by their outcome")
    unit = f"API calls (credits) of the last {ask.DAYS_OF_CREDITS} days by the wall clock, UTC"
    unit += f"; dashed: the {limit:,} that any 24 hours may hold" if limit else ""
    footnote(spent, source, unit=unit, name="credits", stamped="called_at")


def _plan(source: PriceSource, plan: pl.DataFrame, now: datetime) -> None:
    calls = int(plan.drop("day", "deferred").sum().sum_horizontal().item())
    asked = formats.count(calls, "call")
    st.markdown(f"**Coming days:** {asked} planned in the next {formats.count(plan.height, 'day')}.")
    tables.show(plan, plan.columns)
    unit = "API calls by the market's clock, as the planner would decide today"
    stamped = plan.with_columns(execution_batch_id=pl.lit(None, pl.String), load_timestamp=pl.lit(now))
    footnote(stamped, source, unit=unit, as_of=now, name="plan")
