"""The step `replay`: silver built anew from bronze, without one API call."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import psycopg
import structlog

from include.bronze.decisions import begin_history, read_beginnings
from include.bronze.market import claim_market
from include.bronze.store import open_store
from include.clock import market_now
from include.errors import SettingsError
from include.observability.runs import close_run, open_run, write_changes
from include.silver.dataset import no_lists
from include.silver.datasets import dataset_names, find_dataset
from include.steps.rebuilding import Selection, rebuild_series
from include.warehouse.connection import connect

SYMBOLS_AT_ONCE = 100  # one transaction each; memory does not grow with the number of tickers

log = structlog.get_logger(__name__)


def replay(
    batch: str,
    *,
    symbols: Sequence[str] | None = None,
    first: datetime | None = None,
    last: datetime | None = None,
    new_history: bool = False,
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] = lambda _dataset, _done, _total: None,
) -> dict[str, int]:
    """Build silver anew from the objects of the lake, beside the old, and merge what differs.

    `new_history` decides, for good, that what was fetched before `first` belongs to another security.
    Shape:  -> counts: series, objects, rows_changed; a dry run counts what it would change and changes nothing.
    Raises: BronzeError that names an object that is missing or corrupt; silver is then as it was for its symbols.
            SettingsError when bronze holds nothing of what was asked for, or a new history is to begin and it is not
            said of which symbols and when; then no run is recorded.
    """
    begun = _begin_histories(symbols, first) if new_history else {}
    with connect() as connection:
        connection.autocommit = True
        claim_market(connection)
        beginnings = read_beginnings(open_store()) | begun
        chosen = Selection(frozenset(symbols) if symbols else None, first, last, beginnings)
        chosen.check_bronze_holds_it()  # before anything is written down: a refused replay is no run
        for symbol in [] if dry_run else begun:
            begin_history(open_store(), symbol, since=begun[symbol], decided_at=datetime.now(UTC))
        open_run(connection, batch, market_at=market_now())
        try:
            counts = _replay_chosen(connection, chosen, batch, is_dry_run=dry_run, progress=progress)
        except Exception as error:
            close_run(connection, batch, error=str(error))
            raise
        close_run(connection, batch)
    log.info("replay", batch=batch, dry_run=dry_run, **counts)
    return counts


def _begin_histories(symbols: Sequence[str] | None, first: datetime | None) -> dict[str, datetime]:
    if not symbols or first is None:
        raise SettingsError(
            "a new history begins: of which tickers, and with the payloads since which day?"
            " SYMBOLS= and FROM= say it (in the form Symbols and From)"
        )
    return dict.fromkeys(symbols, first)


def _replay_chosen(
    connection: psycopg.Connection,
    chosen: Selection,
    batch: str,
    *,
    is_dry_run: bool,
    progress: Callable[[str, int, int], None],
) -> dict[str, int]:
    counts, changed = {"series": 0, "objects": 0}, Counter[str]()
    # Lists of actions before the series that they decide.
    for name in sorted(dataset_names(), key=lambda name: find_dataset(name).read_lists is not no_lists):
        series = chosen.list_series(find_dataset(name))
        for start in range(0, len(series), SYMBOLS_AT_ONCE):
            group = dict(list(series.items())[start : start + SYMBOLS_AT_ONCE])
            counts["series"] += len(group)
            counts["objects"] += sum(map(len, group.values()))
            changed += rebuild_series(connection, find_dataset(name), group, chosen, batch, is_dry_run=is_dry_run)
            progress(name, min(start + SYMBOLS_AT_ONCE, len(series)), len(series))
    if not is_dry_run:
        write_changes(connection, batch, changed)
    return counts | {"rows_changed": changed.total()}
