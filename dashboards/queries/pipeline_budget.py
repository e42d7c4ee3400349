"""What *Pipeline* asks of the API budget: what was spent, and the plan of the coming days."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import psycopg
import streamlit as st

from dashboards.reader import WarehouseDown, read_ledger
from include.clock import market_now
from include.errors import NetworkFault
from include.serving.coming_days import plan_coming_days
from include.serving.freshness import plan_series
from include.settings import Settings
from include.sources import ALPHA_VANTAGE

DAYS_OF_CREDITS = 14
CLOCK_SECONDS = 15
PLAN_SECONDS = 60
# Of the settings the plans ask these; no secret is in their text.
BY_SOURCE: dict[str | type[Any], Callable[[Any], Any]] = {Settings: lambda settings: repr(settings.source)}


def credits_by_day() -> pl.DataFrame:
    """Credits spent on each of the newest days, by function and outcome.

    Shape:  one row per day (UTC, wall clock), function and outcome.
    """
    statement = """
        select
            called_at::date as day,
            function,
            outcome,
            count(*) as credits,
            max(called_at) as called_at,
            max(execution_batch_id) as execution_batch_id
        from ops.api_calls
        where called_at > now() - make_interval(days => {days})
        group by called_at::date, function, outcome
        order by day, function, outcome
    """
    return read_ledger(statement, days=DAYS_OF_CREDITS)


def credits_spent() -> tuple[int, bool]:
    """Credits of the last 24 hours, and whether the source itself said that the day is spent."""
    statement = """
        select
            count(*) as spent,
            coalesce(
                (select closed_until > now() from ops.api_pace where source = {source}), false
            ) as is_closed
        from ops.api_calls
        where source = {source} and called_at > now() - interval '24 hours'
    """
    spent, is_closed = read_ledger(statement, source=ALPHA_VANTAGE).row(0)
    return int(spent), bool(is_closed)


def credits_left(settings: Settings) -> int:
    """Calls that may be made today."""
    spent, is_closed = credits_spent()
    return 0 if is_closed else max(settings.source.requests_per_day - spent, 0)


@st.cache_data(ttl=CLOCK_SECONDS, show_spinner=False)
def clock(otherwise: datetime) -> datetime:
    """The market's clock; `otherwise` where the local market server does not answer."""
    try:
        return market_now()
    except NetworkFault:
        return otherwise


@st.cache_data(ttl=CLOCK_SECONDS, show_spinner="Planning the next run …", hash_funcs=BY_SOURCE)
def plan_of(
    settings: Settings,
    symbols: Sequence[str],
    now: datetime,
    left: int,
    *,
    dataset_name: str = "weekly_adjusted_prices",
) -> pl.DataFrame:
    """What a run would do now, as `plan_series` gives it.

    Raises: WarehouseDown.
    """
    try:
        return plan_series(settings, symbols, now, left, dataset_name=dataset_name)
    except psycopg.OperationalError as error:
        raise WarehouseDown(str(error)) from error


@st.cache_data(ttl=PLAN_SECONDS, show_spinner="Planning the coming days …", hash_funcs=BY_SOURCE)
def coming_days(settings: Settings, now: datetime, left: int) -> pl.DataFrame:
    """The plan of the coming days, as `plan_coming_days` gives it.

    Raises: WarehouseDown.
    """
    try:
        return plan_coming_days(settings, now, left)
    except psycopg.OperationalError as error:
        raise WarehouseDown(str(error)) from error
