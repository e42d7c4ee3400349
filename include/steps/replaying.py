"""The step `replay`: silver built anew from bronze, without one API call."""

from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg
import structlog

from include.alpha_vantage.clock import market_now
from include.alpha_vantage.functions import Function
from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.errors import BronzeError, StocklakeError
from include.observability import run_ledger
from include.settings import get_settings
from include.silver import rebuild
from include.steps.normalizing import load_in_order
from include.warehouse.connection import connect

SYMBOLS_AT_ONCE = 100  # one transaction each; memory does not grow with the number of tickers

log = structlog.get_logger(__name__)


def replay(
    batch: str,
    *,
    symbols: Sequence[str] | None = None,
    first: datetime | None = None,
    last: datetime | None = None,
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] = lambda _function, _done, _total: None,
) -> dict[str, int]:
    """Build silver anew from the objects of the lake, beside the old, and merge what differs.

    Shape:  -> counts: series, objects, rows_changed; a dry run counts what it would change and changes nothing.
    Raises: BronzeError that names an object that is missing or corrupt; silver is then as it was for its symbols.
    """
    counts = {"series": 0, "objects": 0, "rows_changed": 0}
    with connect() as connection:
        connection.autocommit = True
        run_ledger.claim_market(connection, is_sample=get_settings().is_sample_market)
        run_ledger.open_run(connection, batch, market_at=market_now())
        try:
            for function in Function:
                series = _series(function, symbols, first, last)
                for start in range(0, len(series), SYMBOLS_AT_ONCE):
                    group = dict(list(series.items())[start : start + SYMBOLS_AT_ONCE])
                    counts["series"] += len(group)
                    counts["objects"] += sum(map(len, group.values()))
                    counts["rows_changed"] += _rebuild(connection, function, group, batch, is_dry_run=dry_run)
                    progress(function, min(start + SYMBOLS_AT_ONCE, len(series)), len(series))
        except StocklakeError as error:
            run_ledger.close_run(connection, batch, error=str(error))
            raise
        run_ledger.write_counts(connection, batch)
        run_ledger.close_run(connection, batch)
    log.info("replay", batch=batch, dry_run=dry_run, **counts)
    return counts


def _series(
    function: Function, symbols: Sequence[str] | None, first: datetime | None, last: datetime | None
) -> dict[str, list[BronzeKey]]:
    series: dict[str, list[BronzeKey]] = {}
    for key in open_store().list_keys(function):
        is_wanted = not symbols or key.symbol in symbols
        is_within = (first is None or key.fetched_at >= first) and (last is None or key.fetched_at <= last)
        if is_wanted and is_within:
            series.setdefault(key.symbol, []).append(key)
    return {symbol: sorted(keys) for symbol, keys in series.items()}


def _rebuild(
    connection: psycopg.Connection,
    function: Function,
    series: dict[str, list[BronzeKey]],
    batch: str,
    *,
    is_dry_run: bool,
) -> int:
    symbols, changed = list(series), 0
    with rebuild.silver_beside(connection, function, symbols, is_dry_run=is_dry_run) as schema:
        loaded = load_in_order(connection, function, series, batch=batch, schema=schema)
        # An answer that cannot be laid over its history is held back, as it was when it came; bad bronze stops.
        for row in loaded:
            if isinstance(row.error, BronzeError):
                raise row.error
        changed = rebuild.carry_over(connection, function, symbols)
    return changed  # noqa: RET504 a dry run leaves the block by its roll-back, and then gets here
