"""What the planner would spend on the coming days, if nothing else happened: its own rules, run ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl
import psycopg

from include.alpha_vantage.functions import Function
from include.alpha_vantage.planner import BUDGET_ORDER, RUN_EVERY, Decision, Look, plan_tickers
from include.settings import Settings
from include.silver.series_state import read_looks

MOST_DAYS = 7
CALLS = ("weekly", "overview", "daily")  # columns, in the budget's order
# The planner asks the exchange's calendar for every ticker: this many decisions take about a second.
MOST_DECISIONS = 20_000
CONNECT_SECONDS = 2  # a viewer waits no longer for a server that does not answer


@dataclass(frozen=True)
class Budget:
    """What may be spent: now, and on every day to come.

    Units:  calls.
    """

    left: int
    per_day: int


def plan_coming_days(settings: Settings, now: datetime, left: int) -> pl.DataFrame:
    """Plan the coming days for the tickers of the settings, of whose calls `left` may be made today.

    Shape:  (day, weekly, overview, daily, deferred), a row per day; calls by function, and tickers beyond the budget.
    Raises: psycopg.OperationalError when the warehouse does not answer.
    """
    symbols = settings.source.symbols
    with psycopg.connect(settings.warehouse.reader_url, connect_timeout=CONNECT_SECONDS) as connection:
        looks = {function: read_looks(connection, function, symbols, {}) for function in BUDGET_ORDER}
    days = min(max(MOST_DECISIONS // (len(symbols) * len(BUDGET_ORDER)), 1), MOST_DAYS)
    return plan_days(symbols, looks, now=now, days=days, budget=Budget(left, settings.source.requests_per_day))


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
