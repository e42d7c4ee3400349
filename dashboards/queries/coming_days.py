"""The market's clock and the plan of the coming days, remembered for a moment."""

from datetime import datetime

import polars as pl
import psycopg
import streamlit as st

from dashboards.reader import WarehouseDown
from include.clock import market_now
from include.errors import NetworkFault
from include.serving.coming_days import plan_coming_days
from include.settings import Settings

CLOCK_SECONDS = 15
PLAN_SECONDS = 60


@st.cache_data(ttl=CLOCK_SECONDS, show_spinner=False)
def clock(otherwise: datetime) -> datetime:
    """The market's clock; `otherwise` where the local market server does not answer."""
    try:
        return market_now()
    except NetworkFault:
        return otherwise


@st.cache_data(ttl=PLAN_SECONDS, show_spinner="Planning the coming days …")
def coming_days(_settings: Settings, now: datetime, left: int) -> pl.DataFrame:
    """The plan of the coming days, as `plan_coming_days` gives it.

    Raises: WarehouseDown.
    """
    try:
        return plan_coming_days(_settings, now, left)
    except psycopg.OperationalError as error:
        raise WarehouseDown(str(error)) from error
