"""The step `plan`: which tickers are worth a credit now, after what the datasets that go first may still want."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import psycopg
import structlog

from include.alpha_vantage import quota
from include.alpha_vantage.calls import find_unknown_to_ledger
from include.alpha_vantage.planner import RUN_EVERY, plan_tickers
from include.bronze.keys import BronzeKey
from include.bronze.market import claim_market
from include.bronze.store import open_store
from include.clock import market_now
from include.errors import LakeError
from include.observability.runs import close_run, open_run
from include.observability.ticker_ledger import PlanLine, TickerLedger, TickerStatus
from include.settings import get_settings
from include.silver.dataset import Dataset, no_lists
from include.silver.datasets import all_datasets, find_dataset
from include.silver.series_state import read_series_states
from include.steps.deciding import decide_by_lists
from include.steps.outbox import drain_outbox
from include.steps.rebuilding import rebuild_outdated
from include.steps.sizing import choose_sizes
from include.warehouse.connection import connect

MOST_MAPPED_TASKS = 500  # beyond it each task takes more tickers
LISTED_ONE_BY_ONE = 50  # beyond it, one listing of the whole function is faster
TO_MAP = {TickerStatus.PLANNED, TickerStatus.FETCHED}

log = structlog.get_logger(__name__)


def plan(
    dataset_name: str, batch: str, *, symbols: Sequence[str] | None = None, force: bool = False
) -> list[list[str]]:
    """Decide which tickers are worth a credit now, and open the batch.

    Shape:  -> groups of due symbols to map over, TICKERS_PER_TASK in each or more where the dataset says so; empty
            when nothing is due.
    Raises: MarketMismatch; LakeError; NetworkFault when the sample market's clock does not answer.
    """
    settings, dataset, now = get_settings(), find_dataset(dataset_name), market_now()
    with _noting_a_silent_lake(batch, now):
        with connect() as connection:
            claim_market(connection)
            drain_outbox(connection, dataset)
            open_run(connection, batch, market_at=now)
        log.info("start", dataset=dataset_name, batch=batch, market_at=now)
        rebuild_outdated(dataset, batch)
        if dataset.read_lists is not no_lists:
            decide_by_lists(batch)  # where the run that brought them ended before it did
        with connect() as connection:
            lines = _plan_now(connection, dataset, symbols or settings.source.symbols, now, force=force)
            TickerLedger(connection, batch, dataset.function.name).write_plan(lines)
    due = [line.symbol for line in lines if line.status in TO_MAP]
    log.info(
        "plan", dataset=dataset_name, batch=batch, tickers=len(lines), due=len(due), full_pass_at=_full_pass_at(lines)
    )
    size = max(settings.source.tickers_per_task, dataset.tickers_per_task, -(-len(due) // MOST_MAPPED_TASKS))
    return [due[start : start + size] for start in range(0, len(due), size)]


@contextmanager
def _noting_a_silent_lake(batch: str, now: datetime) -> Iterator[None]:
    """Write down, for the report, why there is no plan."""
    try:
        yield
    except LakeError as error:
        with connect() as connection:
            open_run(connection, batch, market_at=now)
            close_run(connection, batch, error=str(error))
        raise


def _plan_now(
    connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str], now: datetime, *, force: bool
) -> list[PlanLine]:
    budget = dataset.source.budget()
    reserved = _calls_to_leave(connection, dataset, now)
    newest = _newest_in_bronze(dataset, find_unknown_to_ledger(connection, dataset.function.name, symbols))
    states = read_series_states(connection, dataset, symbols, newest)
    lines = plan_tickers(
        dataset.function.changes_with,
        symbols,
        states,
        now=now,
        credits_left=max(quota.credits_left(connection, budget) - reserved, 0),
        requests_per_day=max(budget.calls_per_day - reserved, 0),
        force=force,
    )
    return choose_sizes(connection, dataset, lines, states, now, force=force)


def _newest_in_bronze(dataset: Dataset, symbols: Sequence[str]) -> dict[str, BronzeKey]:
    store, function = open_store(dataset.source.name), dataset.function.name
    if len(symbols) <= LISTED_ONE_BY_ONE:
        keys = (store.newest_key(function, symbol) for symbol in symbols)
        return {key.symbol: key for key in keys if key}
    wanted = set(symbols)
    return {key.symbol: key for key in sorted(store.list_keys(function)) if key.symbol in wanted}


def _calls_to_leave(connection: psycopg.Connection, dataset: Dataset, now: datetime) -> int:
    """How many calls the datasets of the same source that go first may want before they run again."""
    symbols, reserved = get_settings().source.symbols, 0
    for other in all_datasets():
        if other.source.name != dataset.source.name or other.budget_rank >= dataset.budget_rank:
            continue
        lines = plan_tickers(
            other.function.changes_with,
            symbols,
            read_series_states(connection, other, symbols, {}),
            now=now + RUN_EVERY,
            credits_left=len(symbols),
            requests_per_day=len(symbols),
        )
        reserved += sum(line.status is TickerStatus.PLANNED for line in lines)
    return reserved


def _full_pass_at(lines: Sequence[PlanLine]) -> datetime | None:
    moments = (line.next_attempt_at for line in lines if line.status is TickerStatus.DEFERRED)
    return max((moment for moment in moments if moment), default=None)
