"""The step `normalize`: type what silver does not have yet and merge what differs."""

from collections.abc import Sequence
from functools import partial

import psycopg
import structlog

from include.bronze.decisions import read_accepted_weeks, read_beginnings
from include.bronze.keys import BronzeKey, parse_key
from include.bronze.store import open_store
from include.errors import BronzeError, ContractError, LakeError, PayloadQuarantined, StocklakeError
from include.observability.ticker_ledger import TickerLedger, TickerStatus
from include.silver.dataset import Dataset
from include.silver.datasets import find_dataset
from include.silver.from_bronze import TICKERS_AT_ONCE, Unusable, read_and_normalize
from include.silver.load import Loaded, load_payloads
from include.silver.load_log import record_rejected
from include.silver.payload_quarantines import read_newest_judged, read_open_quarantines, record_judgement
from include.silver.prefetch import prefetch
from include.silver.quarantine import broken_contract
from include.silver.tables import SILVER
from include.warehouse.connection import connect

log = structlog.get_logger(__name__)


def normalize(dataset_name: str, symbols: Sequence[str], batch: str) -> int:
    """Type the payloads that silver has not judged yet and merge what differs.

    Shape:  -> rows of silver changed.
    Raises: the first StocklakeError of a symbol, after the other symbols of the group were loaded; LakeError.
    """
    dataset = find_dataset(dataset_name)
    with connect() as connection:
        connection.autocommit = True
        ledger = TickerLedger(connection, batch, dataset.function.name)
        fetched = ledger.with_status(TickerStatus.FETCHED, symbols)
        with ledger.noting(LakeError, TickerStatus.FETCHED, fetched):
            waiting = _list_waiting(connection, dataset, fetched)
            loaded = load_in_order(connection, dataset, waiting, batch=batch)
        errors = _errors_of(connection, dataset, fetched, loaded)
        for symbol in fetched:
            error = errors.get(symbol)
            reason = str(error).removeprefix(f"{symbol}: ") if error else None
            ledger.set_status(symbol, TickerStatus.FAILED if error else TickerStatus.LOADED, reason=reason)
    for error in errors.values():
        raise error
    return sum(row.changed for row in loaded)


def _list_waiting(
    connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str]
) -> dict[str, list[BronzeKey]]:
    """What each symbol's series has that was not judged; a payload that came once more is judged once more."""
    function, store = dataset.function.name, open_store(dataset.source.name)
    judged = read_newest_judged(connection, SILVER, function, symbols)
    quarantines = read_open_quarantines(connection, SILVER, function, symbols)
    beginnings = read_beginnings(open_store())
    waiting = {}
    for symbol in symbols:
        newest, since, quarantined = judged.get(symbol, ""), beginnings.get(symbol), quarantines.get(symbol)
        keys = store.list_keys(function, symbol)
        later = sorted(key for key in keys if str(key) > newest and (since is None or key.fetched_at >= since))
        came_again = quarantined is not None and quarantined.bronze_key == newest and not later
        waiting[symbol] = [parse_key(newest)] if came_again else later
    return waiting


def _errors_of(
    connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str], loaded: Sequence[Loaded]
) -> dict[str, StocklakeError]:
    """By symbol, what its newest payload failed of."""
    newest = {row.key.symbol: row for row in loaded}
    errors: dict[str, StocklakeError] = {
        symbol: PayloadQuarantined(f"{symbol}: {quarantined}")
        for symbol, quarantined in read_open_quarantines(connection, SILVER, dataset.function.name, symbols).items()
    }
    own = {symbol: row.error for symbol, row in newest.items() if row.error}
    return errors | {symbol: error for symbol, error in own.items() if not isinstance(error, PayloadQuarantined)}


def load_in_order(
    connection: psycopg.Connection,
    dataset: Dataset,
    waiting: dict[str, list[BronzeKey]],
    *,
    batch: str,
    schema: str = SILVER,
) -> list[Loaded]:
    """Take in each symbol's objects in the order they were fetched, TICKERS_AT_ONCE symbols in one transaction.

    An object that breaks the contract or is quarantined is passed over and written down: a later one may be good again.
    One that is missing or corrupt stops its symbol, for the series would be built on a gap.
    """
    done: list[Loaded] = []
    accepted = read_accepted_weeks(open_store())
    waiting = {symbol: list(keys) for symbol, keys in waiting.items() if keys}
    while waiting:
        oldest = [keys.pop(0) for keys in waiting.values()]
        groups = (oldest[start : start + TICKERS_AT_ONCE] for start in range(0, len(oldest), TICKERS_AT_ONCE))
        loaded: list[Loaded] = []
        # While Postgres takes in one group, Polars types the next.
        for payloads, unusable in prefetch(partial(read_and_normalize, dataset), groups):
            loaded += load_payloads(connection, dataset, payloads, batch=batch, schema=schema, accepted=accepted)
            for broken in unusable:
                if isinstance(broken.error, ContractError):
                    _record_broken(connection, schema, batch, broken, broken.error)
                loaded.append(Loaded(broken.key, error=broken.error))
        for row in loaded:
            log.info("load", bronze_key=str(row.key), batch=batch, changed=row.changed, error=row.error)
        stopped = {row.key.symbol for row in loaded if isinstance(row.error, BronzeError)}
        waiting = {symbol: keys for symbol, keys in waiting.items() if keys and symbol not in stopped}
        done += loaded
    return done


def _record_broken(
    connection: psycopg.Connection, schema: str, batch: str, broken: Unusable, error: ContractError
) -> None:
    with connection.transaction():
        held_back = [(broken.key, broken_contract(broken.key, error))]
        record_judgement(connection, schema, batch, held_back=held_back)
        if broken.series:
            record_rejected(connection, schema, batch, broken.series)
