"""What the planner would spend on the coming days, if nothing else happened: its own rules, run ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl
import psycopg

from include.alpha_vantage.planner import RUN_EVERY, SeriesState, plan_tickers
from include.observability.ticker_ledger import TickerStatus
from include.settings import Settings, conninfo_of
from include.silver.datasets import dataset_names, find_dataset
from include.silver.series_state import read_series_states

MOST_DAYS = 7
# The planner asks the exchange's calendar for every ticker: this many decisions take about a second.
MOST_DECISIONS = 20_000
CONNECT_SECONDS = "2"  # a viewer waits no longer for a server that does not answer


def plan_coming_days(settings: Settings, now: datetime, left: int) -> pl.DataFrame:
    """Plan the coming days for the tickers of the settings, of whose calls `left` may be made today.

    Shape:  (day, a column per dataset, deferred), a row per day: the calls by dataset, in the order in which they may
            spend, and the tickers beyond the budget.
    Raises: psycopg.OperationalError when the warehouse does not answer.
    """
    symbols = settings.source.symbols
    with psycopg.connect(conninfo_of(settings.warehouse.reader_url, connect_timeout=CONNECT_SECONDS)) as connection:
        states = {name: read_series_states(connection, find_dataset(name), symbols, {}) for name in dataset_names()}
    days = min(max(MOST_DECISIONS // (len(symbols) * len(states)), 1), MOST_DAYS)
    return plan_days(symbols, states, now=now, days=days, left=left, per_day=settings.source.requests_per_day)


def plan_days(
    symbols: Sequence[str],
    states: Mapping[str, Mapping[str, SeriesState]],
    *,
    now: datetime,
    days: int,
    left: int,
    per_day: int,
) -> pl.DataFrame:
    """Let the planner decide day after day; what it plans counts as fetched.

    Units:  `left` in calls that may be made on the first day, `per_day` on each other.
    """
    datasets = sorted(states, key=lambda name: find_dataset(name).budget_rank)
    known = {name: dict(states[name]) for name in datasets}
    rows = []
    for day in range(days):
        moment = now + day * RUN_EVERY
        calls, deferred = [], 0
        for name in datasets:
            lines = plan_tickers(
                find_dataset(name).function.changes_with,
                symbols,
                known[name],
                now=moment,
                credits_left=left,
                requests_per_day=per_day,
            )
            planned = [line.symbol for line in lines if line.status is TickerStatus.PLANNED]
            deferred += sum(line.status is TickerStatus.DEFERRED for line in lines)
            calls.append(len(planned))
            left -= len(planned)
            for symbol in planned:
                state = known[name].get(symbol, SeriesState())
                known[name][symbol] = replace(
                    state, answered_at=moment, asked_at=moment, newest_closed_week=None, open_week=None
                )
        rows.append((moment.date(), *calls, deferred))
        left = per_day
    return pl.DataFrame(rows, schema=["day", *datasets, "deferred"], orient="row")
