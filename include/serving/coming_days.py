"""What the planner would spend on the coming days, if nothing else happened: its own rules, run ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl
import psycopg
import streamlit as st

from dashboards.reader import PING_SECONDS, WarehouseDown
from include.alpha_vantage.functions import Function
from include.alpha_vantage.planner import BUDGET_ORDER, RUN_EVERY, Decision, Look, plan_tickers
from include.clock import market_now
from include.errors import NetworkFault
from include.settings import Settings
from include.silver.looks import read_looks

MOST_DAYS = 7
CALLS = ("weekly", "overview", "daily")  # columns, in the budget's order
# The planner asks the exchange's calendar for every ticker: this many decisions take about a second.
MOST_DECISIONS = 20_000
CLOCK_SECONDS = 15
PLAN_SECONDS = 60


@dataclass(frozen=True)
class Budget:
    """What may be spent: now, and on every day to come.

    Units:  calls.
    """

    left: int
    per_day: int


@st.cache_data(ttl=CLOCK_SECONDS, show_spinner=False)
def clock(otherwise: datetime) -> datetime:
    """The market's clock; `otherwise` where the local market server does not answer."""
    try:
        return market_now()
    except NetworkFault:
        return otherwise


@st.cache_data(ttl=PLAN_SECONDS, show_spinner="Planning the coming days …")
def coming_days(_settings: Settings, now: datetime, left: int) -> pl.DataFrame:
    """Plan the coming days for the tickers of the settings.

    Shape:  (day, weekly, overview, daily, deferred), a row per day; calls by function, and tickers beyond the budget.
    Raises: WarehouseDown.
    """
    symbols = _settings.stock_symbols
    try:
        with psycopg.connect(_settings.reader_url, connect_timeout=PING_SECONDS) as connection:
            looks = {function: read_looks(connection, function, symbols, {}) for function in BUDGET_ORDER}
    except psycopg.OperationalError as error:
        raise WarehouseDown(str(error)) from error
    days = min(max(MOST_DECISIONS // (len(symbols) * len(BUDGET_ORDER)), 1), MOST_DAYS)
    return plan_days(symbols, looks, now=now, days=days, budget=Budget(left, _settings.requests_per_day))


def plan_days(
    symbols: Sequence[str],
    looks: Mapping[Function, Mapping[str, Look]],
    *,
    now: datetime,
    days: int,
    budget: Budget,
) -> pl.DataFrame:
    """Let the planner decide day after day; what it plans is taken for answered."""
    state = {function: dict(known) for function, known in looks.items()}
    rows = []
    for day in range(days):
        moment = now + day * RUN_EVERY
        left, calls, deferred = budget.left if day == 0 else budget.per_day, [], 0
        for function in BUDGET_ORDER:
            lines = plan_tickers(
                function, symbols, state[function], now=moment, credits_left=left, requests_per_day=budget.per_day
            )
            planned = [line.symbol for line in lines if line.decision is Decision.PLANNED]
            deferred += sum(line.decision is Decision.DEFERRED for line in lines)
            calls.append(len(planned))
            left -= len(planned)
            for symbol in planned:
                look = state[function].get(symbol, Look())
                state[function][symbol] = replace(look, answered_at=moment, asked_at=moment, newest_closed_week=None)
        rows.append((moment.date(), *calls, deferred))
    return pl.DataFrame(rows, schema=["day", *CALLS, "deferred"], orient="row")
