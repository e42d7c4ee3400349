"""The step `fetch`: spend a credit, keep the payload."""

import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog

from include.alpha_vantage import quota
from include.alpha_vantage.calls import (
    ANSWERED,
    IN_FLIGHT,
    NOTHING_KNOWN,
    count_credits,
    explain_outcome,
    read_last_call,
)
from include.bronze.store import open_store
from include.clock import market_now
from include.errors import GaveUp, LakeError, NothingKnown, QuotaSpent, Retry, SourceError, Throttled
from include.observability.ticker_ledger import TickerLedger, TickerStatus
from include.silver.closing import read_closes_at
from include.silver.dataset import Dataset
from include.silver.datasets import find_dataset
from include.silver.load_log import read_newest_loaded
from include.silver.payload_quarantines import read_open_quarantines
from include.silver.tables import SILVER
from include.sources import SourceClient, SourceFunction
from include.steps.outbox import drain_outbox, enqueue
from include.steps.sizing import fetch_size
from include.warehouse.connection import connect

CREDITS_PER_TICKER = 3  # in one run: a response that nobody understands must not eat the budget of the others

log = structlog.get_logger(__name__)


def fetch(dataset_name: str, symbols: Sequence[str], batch: str) -> list[str]:
    """Ask the source for each planned symbol of a group and store the payload in bronze, untouched.

    Shape:  -> the bronze keys that silver does not have yet; none of a company of which the source knows nothing.
    Raises: a SourceError that stops the group at once, for the other symbols would meet the same; any other one after
            every symbol was tried, one that a retry may mend before one that it cannot; LakeError, the payload being
            kept in Postgres meanwhile.
    """
    dataset = find_dataset(dataset_name)
    with connect() as connection, dataset.source.open() as client:
        connection.autocommit = True  # the ledgers tell the truth even of a worker that dies
        ledger = TickerLedger(connection, batch, dataset.function.name)
        with ledger.noting(LakeError, TickerStatus.PLANNED, symbols):
            # Before a credit is spent on a payload that could not be kept.
            open_store(dataset.source.name).ensure_bucket()
            drain_outbox(connection, dataset)
            waiting, errors = _fetch_planned(ledger, client, dataset, symbols)
    if errors:
        raise min(errors, key=lambda error: error.retry is Retry.NEVER)  # one that a retry may mend goes first
    return waiting


def _fetch_planned(
    ledger: TickerLedger, client: SourceClient, dataset: Dataset, symbols: Sequence[str]
) -> tuple[list[str], list[SourceError]]:
    """The keys of the payloads that silver does not have, and the errors of other symbols."""
    taken_in = _read_taken_in(ledger, symbols)
    waiting: list[str] = []
    errors: list[SourceError] = []
    for symbol in ledger.with_status(TickerStatus.PLANNED, symbols):
        try:
            key = _fetch_payload(ledger, client, dataset, symbol)
        except QuotaSpent as spent:
            until = quota.reopens_at(ledger.connection, dataset.source.name)
            ledger.skip_planned(symbols, until=until, reason=_explain(spent, symbol))
            raise
        except NothingKnown as response:  # what silver holds of an earlier payload stays
            ledger.set_status(symbol, TickerStatus.UNCHANGED, reason=_without_symbol(response, symbol))
        except SourceError as error:
            errors.append(_note_failure(ledger, symbol, error))
        else:
            is_waiting = key > taken_in.get(symbol, "")
            status = TickerStatus.FETCHED if is_waiting else TickerStatus.UNCHANGED
            ledger.set_status(symbol, status, bronze_key=key)
            waiting += [key] if is_waiting else []
    return waiting, errors


def _read_taken_in(ledger: TickerLedger, symbols: Sequence[str]) -> dict[str, str]:
    """By symbol, the newest key that silver has taken in whole: one that is quarantined in part is judged again."""
    loaded = read_newest_loaded(ledger.connection, SILVER, ledger.function, symbols)
    quarantined = read_open_quarantines(ledger.connection, SILVER, ledger.function, symbols)
    in_part = {row.bronze_key for row in quarantined.values()}
    return {symbol: key for symbol, key in loaded.items() if key not in in_part}


def _note_failure(ledger: TickerLedger, symbol: str, raised: SourceError) -> SourceError:
    error = _give_up_or_go_on(ledger, symbol, raised)
    # A ticker that stays planned is taken up by a retry.
    status = TickerStatus.FAILED if error.retry is Retry.NEVER else TickerStatus.PLANNED
    ledger.set_status(symbol, status, reason=_explain(error, symbol))
    if error.stops_group:
        raise error
    return error


def _give_up_or_go_on(ledger: TickerLedger, symbol: str, error: SourceError) -> SourceError:
    spent = count_credits(ledger.connection, ledger.function, symbol, ledger.batch)
    if error.retry is Retry.NEVER or spent < CREDITS_PER_TICKER:
        return error
    return GaveUp(f"{symbol}: asked {spent} times in this run, the last response was: {_without_symbol(error, symbol)}")


def _fetch_payload(ledger: TickerLedger, client: SourceClient, dataset: Dataset, symbol: str) -> str:
    paid = _find_payload_paid_before(ledger, dataset, symbol)
    if paid:
        return paid
    return fetch_size(ledger, dataset, symbol, partial(_call, ledger, client, dataset, symbol))


def _call(ledger: TickerLedger, client: SourceClient, dataset: Dataset, symbol: str, function: SourceFunction) -> str:
    says_more_from = read_closes_at(ledger.connection, dataset, symbol)
    credit = quota.take_credit(
        ledger.connection,
        dataset.source.budget(),
        ledger.function,
        symbol,
        batch=ledger.batch,
        market_at=market_now(),
        count_waiting=partial(ledger.count, TickerStatus.PLANNED),
    )
    time.sleep(credit.wait_seconds)  # outside of any transaction
    started = time.monotonic()
    try:
        body = client.fetch(function, symbol)
    except SourceError as error:
        _settle_refusal(ledger, dataset, credit, error, seconds=time.monotonic() - started)
        log.info("fetch", function=ledger.function, symbol=symbol, outcome=type(error).__name__, message=str(error))
        raise
    seconds = time.monotonic() - started
    return _store(ledger, dataset, credit, symbol, body, seconds=seconds, says_more_from=says_more_from)


def _find_payload_paid_before(ledger: TickerLedger, dataset: Dataset, symbol: str) -> str | None:
    # A worker may die between storing its payload and writing that down: the credit is spent, the payload is there.
    call = read_last_call(ledger.connection, ledger.function, symbol, ledger.batch)
    if call is not None and call.outcome == NOTHING_KNOWN:
        raise NothingKnown(call.message or "")
    if call is None or call.outcome != IN_FLIGHT:
        return call.bronze_key if call else None
    newest = open_store(dataset.source.name).newest_key(ledger.function, symbol)
    if newest is None or newest.fetched_at < call.market_at:
        return None
    quota.settle_credit(ledger.connection, call.call_id, outcome=ANSWERED, seconds=None, bronze_key=str(newest))
    return str(newest)


def _store(
    ledger: TickerLedger,
    dataset: Dataset,
    credit: quota.Credit,
    symbol: str,
    body: bytes,
    *,
    seconds: float,
    says_more_from: datetime | None,
) -> str:
    fetched_at, store = market_now(), open_store(dataset.source.name)
    try:  # with nothing asked of Postgres before: it may have died during the call, and a retry finds what is stored
        stored = store.write_payload(
            ledger.function, symbol, body, fetched_at=fetched_at, says_more_from=says_more_from
        )
    except LakeError:
        enqueue(ledger, credit, symbol, body, fetched_at=fetched_at, seconds=seconds)
        raise
    key = str(stored)
    quota.settle_credit(
        ledger.connection, credit.call_id, outcome=ANSWERED, seconds=seconds, size=len(body), bronze_key=key
    )
    found = {"bronze_key": key, "is_new": stored.fetched_at == fetched_at, "bytes": len(body), "seconds": seconds}
    log.info("fetch", function=ledger.function, symbol=symbol, **found)
    return key


def _explain(error: SourceError, symbol: str) -> str:
    return explain_outcome(type(error).__name__, str(error), symbol)


def _without_symbol(error: SourceError, symbol: str) -> str:
    return str(error).removeprefix(f"{symbol}: ")


def _settle_refusal(
    ledger: TickerLedger, dataset: Dataset, credit: quota.Credit, error: SourceError, *, seconds: float
) -> None:
    connection, source = ledger.connection, dataset.source.name
    quota.settle_credit(connection, credit.call_id, outcome=type(error).__name__, seconds=seconds, message=str(error))
    if isinstance(error, Throttled):
        quota.slow_down(connection, source, seconds=error.retry_after)
    if isinstance(error, QuotaSpent):
        quota.close_budget(connection, source)
