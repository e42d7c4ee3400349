"""The step `plan`: which tickers are worth a credit now."""

from collections.abc import Sequence
from datetime import datetime

import psycopg
import structlog

from include.alpha_vantage import quota
from include.alpha_vantage.calls import symbols_to_list
from include.alpha_vantage.functions import Function
from include.alpha_vantage.planner import BUDGET_ORDER, RUN_EVERY, Decision, Look, PlannedTicker, plan_tickers
from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.clock import market_now
from include.observability import runs
from include.settings import get_settings
from include.silver.series_state import read_looks
from include.steps.draining import rescue_stranded
from include.steps.market import claim_market
from include.warehouse.connection import connect

MOST_MAPPED_TASKS = 500  # beyond it each task takes more tickers
LISTED_ONE_BY_ONE = 50  # beyond it, one listing of the whole function is faster
TO_MAP = {Decision.PLANNED, Decision.FETCHED}

log = structlog.get_logger(__name__)


def plan(function: str, batch: str, *, symbols: Sequence[str] | None = None, force: bool = False) -> list[list[str]]:
    """Decide which tickers are worth a credit now, and open the batch.

    Shape:  -> groups of due symbols to map over, TICKERS_PER_TASK in each; empty when nothing is due.
    Raises: MarketMismatch; NetworkFault when the sample market's clock does not answer.
    """
    settings, asked, now = get_settings(), Function(function), market_now()
    with connect() as connection:
        claim_market(connection)
        rescue_stranded(connection, asked)
        runs.open_run(connection, batch, market_at=now)
        lines = _plan_now(connection, asked, symbols or settings.source.symbols, now, force=force)
        runs.write_plan(connection, batch, asked, lines)
    due = [line.symbol for line in lines if line.decision in TO_MAP]
    log.info("plan", function=asked, batch=batch, tickers=len(lines), due=len(due), full_pass_at=_full_pass_at(lines))
    size = max(settings.source.tickers_per_task, -(-len(due) // MOST_MAPPED_TASKS))
    return [due[start : start + size] for start in range(0, len(due), size)]


def _plan_now(
    connection: psycopg.Connection, function: Function, symbols: Sequence[str], now: datetime, *, force: bool
) -> list[PlannedTicker]:
    settings = get_settings()
    reserved = _reserved(connection, function, now)
    return plan_tickers(
        function,
        symbols,
        _read_looks(connection, function, symbols),
        now=now,
        credits_left=max(quota.credits_left(connection, settings) - reserved, 0),
        requests_per_day=max(settings.source.requests_per_day - reserved, 0),
        force=force,
    )


def _read_looks(connection: psycopg.Connection, function: Function, symbols: Sequence[str]) -> dict[str, Look]:
    newest = _newest_in_bronze(function, symbols_to_list(connection, function, symbols))
    in_bronze = {symbol: (key.fetched_at, str(key)) for symbol, key in newest.items()}
    return read_looks(connection, function, symbols, in_bronze)


def _newest_in_bronze(function: Function, symbols: Sequence[str]) -> dict[str, BronzeKey]:
    store = open_store()
    if len(symbols) <= LISTED_ONE_BY_ONE:
        keys = (store.newest_key(function, symbol) for symbol in symbols)
        return {key.symbol: key for key in keys if key}
    wanted = set(symbols)
    return {key.symbol: key for key in sorted(store.list_keys(function)) if key.symbol in wanted}


def _reserved(connection: psycopg.Connection, function: Function, now: datetime) -> int:
    """How many credits the functions that go first in the budget's order may want before they run again."""
    symbols, reserved = get_settings().source.symbols, 0
    for other in BUDGET_ORDER[: BUDGET_ORDER.index(function)]:
        looks = read_looks(connection, other, symbols, {})
        lines = plan_tickers(
            other, symbols, looks, now=now + RUN_EVERY, credits_left=len(symbols), requests_per_day=len(symbols)
        )
        reserved += sum(line.decision is Decision.PLANNED for line in lines)
    return reserved


def _full_pass_at(lines: Sequence[PlannedTicker]) -> datetime | None:
    moments = (line.goes_on_at for line in lines if line.decision is Decision.DEFERRED)
    return max((moment for moment in moments if moment), default=None)
