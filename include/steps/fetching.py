"""The step `fetch`: spend a credit, keep the answer."""

import time
from collections.abc import Sequence

import psycopg
import structlog
from botocore.exceptions import BotoCoreError, ClientError

from include.alpha_vantage import quota
from include.alpha_vantage.calls import ANSWERED, IN_FLIGHT, NOTHING_KNOWN, count_credits, read_last_call
from include.alpha_vantage.client import AlphaVantageClient
from include.alpha_vantage.functions import Function
from include.bronze.outbox import strand
from include.bronze.store import open_store
from include.clock import market_now
from include.errors import GaveUp, NothingKnown, QuotaSpent, Retry, SourceError, Throttled
from include.observability import runs
from include.settings import get_settings
from include.silver.load_log import read_newest_loaded
from include.silver.quarantine_ledger import read_open_quarantines
from include.silver.tables import SILVER
from include.steps.draining import rescue_stranded
from include.warehouse.connection import connect

CREDITS_PER_TICKER = 3  # in one run: an answer that nobody understands must not eat the budget of the others

log = structlog.get_logger(__name__)


def fetch(function: str, symbols: Sequence[str], batch: str) -> list[str]:
    """Ask the source for each planned symbol of a group and store the answer in bronze, untouched.

    Shape:  -> the bronze keys that silver does not have yet; none of a company of which the source knows nothing.
    Raises: Throttled, QuotaSpent and InvalidApiKey at once, for the rest of the group would meet the same; any other
            SourceError after every symbol was tried, one that a retry may mend before one that it cannot; what S3
            raises, the answer being kept in Postgres meanwhile.
    """
    asked, keys, errors = Function(function), list[str](), list[SourceError]()
    open_store().ensure_bucket()  # before a credit is spent on an answer that could not be kept
    with connect() as connection, AlphaVantageClient(get_settings()) as client:
        connection.autocommit = True  # the ledgers tell the truth even of a worker that dies
        rescue_stranded(connection, asked)
        loaded_up_to = read_newest_loaded(connection, SILVER, asked, symbols)
        quarantined = {row.bronze_key for row in read_open_quarantines(connection, SILVER, asked, symbols).values()}
        for symbol in runs.read_symbols(connection, batch, asked, symbols, status="planned"):
            try:
                key = _fetch_one(connection, client, asked, symbol, batch)
            except QuotaSpent as spent:
                runs.skip_planned(connection, batch, asked, symbols, reason=str(spent))
                raise
            except NothingKnown as answer:  # what silver holds of an earlier answer stays
                reason = _without_symbol(answer, symbol)
                runs.note_ticker(connection, batch, asked, symbol, "unchanged", reason=reason)
            except SourceError as answer:
                error = _give_up_or_go_on(connection, asked, symbol, batch, answer)
                status = "failed" if error.retry is Retry.NEVER else "planned"  # planned: a retry takes it up
                runs.note_ticker(connection, batch, asked, symbol, status, reason=_without_symbol(error, symbol))
                if error.stops_group:
                    raise
                errors.append(error)
            except (BotoCoreError, ClientError) as error:
                runs.note_ticker(connection, batch, asked, symbol, "planned", reason=f"S3: {error}")
                raise
            else:
                is_waiting = loaded_up_to.get(symbol, "") < key or key in quarantined
                status = "fetched" if is_waiting else "unchanged"
                runs.note_ticker(connection, batch, asked, symbol, status, bronze_key=key)
                keys += [key] if is_waiting else []
    if errors:
        raise min(errors, key=lambda error: error.retry is Retry.NEVER)  # one that a retry may mend goes first
    return keys


def _fetch_one(
    connection: psycopg.Connection, client: AlphaVantageClient, function: Function, symbol: str, batch: str
) -> str:
    paid = _answer_paid_before(connection, function, symbol, batch)
    if paid:
        return paid
    market_at = market_now()
    credit = quota.take_credit(connection, get_settings(), function, symbol, batch=batch, market_at=market_at)
    quota.wait_for(credit)
    started = time.monotonic()
    try:
        body = client.fetch(function, symbol)
    except SourceError as error:
        _settle_refusal(connection, credit, error, seconds=time.monotonic() - started)
        log.info("fetch", function=function, symbol=symbol, outcome=type(error).__name__, message=str(error))
        raise
    seconds = time.monotonic() - started
    key, is_new = _store(connection, credit, function, symbol, body, seconds=seconds)
    quota.settle_credit(connection, credit, outcome=ANSWERED, seconds=seconds, size=len(body), bronze_key=key)
    log.info("fetch", function=function, symbol=symbol, bronze_key=key, is_new=is_new, bytes=len(body), seconds=seconds)
    return key


def _answer_paid_before(connection: psycopg.Connection, function: Function, symbol: str, batch: str) -> str | None:
    # A worker may die between storing its answer and writing that down: the credit is spent, the answer is there.
    call = read_last_call(connection, function, symbol, batch)
    if call is not None and call.outcome == NOTHING_KNOWN:
        raise NothingKnown(call.message or "")
    if call is None or call.outcome != IN_FLIGHT:
        return call.bronze_key if call else None
    newest = open_store().newest_key(function, symbol)
    if newest is None or newest.fetched_at < call.market_at:
        return None
    credit = quota.Credit(call.call_id, 0.0)
    quota.settle_credit(connection, credit, outcome=ANSWERED, seconds=None, bronze_key=str(newest))
    return str(newest)


def _store(
    connection: psycopg.Connection,
    credit: quota.Credit,
    function: Function,
    symbol: str,
    body: bytes,
    *,
    seconds: float,
) -> tuple[str, bool]:
    fetched_at = market_now()
    try:
        written = open_store().write_answer(function, symbol, body, fetched_at=fetched_at)
    except (BotoCoreError, ClientError):
        strand(connection, credit.call_id, function, symbol, body, at=fetched_at, seconds=seconds)
        raise
    return str(written.key), written.is_new


def _give_up_or_go_on(
    connection: psycopg.Connection, function: Function, symbol: str, batch: str, error: SourceError
) -> SourceError:
    spent = count_credits(connection, function, symbol, batch)
    if error.retry is Retry.NEVER or spent < CREDITS_PER_TICKER:
        return error
    return GaveUp(f"{symbol}: asked {spent} times in this run, the last answer was: {_without_symbol(error, symbol)}")


def _without_symbol(error: SourceError, symbol: str) -> str:
    return str(error).removeprefix(f"{symbol}: ")


def _settle_refusal(
    connection: psycopg.Connection, credit: quota.Credit, error: SourceError, *, seconds: float
) -> None:
    quota.settle_credit(connection, credit, outcome=type(error).__name__, seconds=seconds, message=str(error))
    if isinstance(error, Throttled):
        quota.slow_down(connection, seconds=error.retry_after)
    if isinstance(error, QuotaSpent):
        quota.close_budget(connection)
