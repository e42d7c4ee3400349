"""Why a ticker lacks its newest week, or the facts of its company: what the planner would decide now, by its rules."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import psycopg

from include.alpha_vantage.planner import plan_tickers
from include.serving.coming_days import CONNECT_SECONDS
from include.settings import Settings, conninfo_of
from include.silver.datasets import find_dataset
from include.silver.series_state import read_series_states

PLAN = {
    "symbol": pl.String(),
    "plan": pl.String(),
    "reason": pl.String(),
    "next_attempt_at": pl.Datetime("us", "UTC"),
    "quarantined": pl.String(),
}


def plan_series(
    settings: Settings, symbols: Sequence[str], now: datetime, left: int, *, dataset_name: str
) -> pl.DataFrame:
    """Plan the series of a dataset as a run would that began now and may make `left` calls.

    Shape:  (symbol, plan, reason, next_attempt_at, quarantined), a row per symbol; `plan` is a value of TickerStatus,
            `quarantined` says why its newest payload is.
    Raises: psycopg.OperationalError when the warehouse does not answer.
    """
    dataset = find_dataset(dataset_name)
    with psycopg.connect(conninfo_of(settings.warehouse.reader_url, connect_timeout=CONNECT_SECONDS)) as connection:
        states = read_series_states(connection, dataset, symbols, {})
    lines = plan_tickers(
        dataset.function.changes_with,
        symbols,
        states,
        now=now,
        credits_left=left,
        requests_per_day=settings.source.requests_per_day,
    )
    rows = [
        (line.symbol, line.status, line.reason, line.next_attempt_at, states[line.symbol].quarantined) for line in lines
    ]
    return pl.DataFrame(rows, schema=PLAN, orient="row")
