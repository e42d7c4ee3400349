"""The step `replay`: silver built anew from bronze, without one API call."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

import psycopg
import structlog

from include.bronze.decisions import begin_history, read_beginnings
from include.bronze.keys import BronzeKey, parse_key
from include.bronze.market import claim_market
from include.bronze.store import open_store
from include.clock import market_now
from include.errors import BronzeError, SettingsError
from include.observability.runs import close_run, open_run, write_changes
from include.silver import rebuild
from include.silver.dataset import Dataset
from include.silver.datasets import all_datasets, dataset_names, find_dataset
from include.silver.payload_quarantines import read_newest_judged
from include.silver.tables import SILVER
from include.steps.normalizing import load_in_order
from include.warehouse.connection import connect

SYMBOLS_AT_ONCE = 100  # one transaction each; memory does not grow with the number of tickers

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Selection:
    """Which objects of the lake silver is built from."""

    symbols: frozenset[str] | None
    first: datetime | None
    last: datetime | None
    beginnings: Mapping[str, datetime]

    def list_series(self, dataset: Dataset, symbol: str | None = None) -> dict[str, list[BronzeKey]]:
        """The objects of each series, oldest first; none, where all that a series had is another security's."""
        series: dict[str, list[BronzeKey]] = {}
        for key in filter(self._is_concerned, _list_objects(dataset, symbol)):
            held = series.setdefault(key.symbol, [])
            held += [key] if self.holds(key) else []
        return {symbol: sorted(keys) for symbol, keys in series.items()}

    def holds(self, key: BronzeKey) -> bool:
        """Whether an object belongs to the selection."""
        begins = max((moment for moment in (self.first, self.beginnings.get(key.symbol)) if moment), default=None)
        return (
            self._is_wanted(key.symbol)
            and (begins is None or key.fetched_at >= begins)
            and (self.last is None or key.fetched_at <= self.last)
        )

    def check_bronze_holds_it(self) -> None:
        """See that there is something to replay of each symbol, whoever asks: the form, `make replay`, `make accept`.

        Raises: SettingsError that names the others.
        """
        missing = [symbol for symbol in sorted(self.symbols or ()) if not self._is_held(symbol)]
        if missing or not (self.symbols or self._is_held()):
            of_what = f" of {', '.join(missing)}" if missing else ""
            of_when = " that was fetched in those days" if self.first or self.last else ""
            raise SettingsError(f"bronze holds nothing{of_what}{of_when}, so there is nothing to replay")

    def _is_held(self, symbol: str | None = None) -> bool:
        objects = chain.from_iterable(_list_objects(dataset, symbol) for dataset in all_datasets())
        return any(map(self._is_concerned, objects))

    def _is_concerned(self, key: BronzeKey) -> bool:
        return self.holds(key) or (self._is_wanted(key.symbol) and key.symbol in self.beginnings)

    def _is_wanted(self, symbol: str) -> bool:
        return self.symbols is None or symbol in self.symbols


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
        chosen = _Selection(frozenset(symbols) if symbols else None, first, last, beginnings)
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
    chosen: _Selection,
    batch: str,
    *,
    is_dry_run: bool,
    progress: Callable[[str, int, int], None],
) -> dict[str, int]:
    counts, changed = {"series": 0, "objects": 0}, Counter[str]()
    for name in dataset_names():
        series = chosen.list_series(find_dataset(name))
        for start in range(0, len(series), SYMBOLS_AT_ONCE):
            group = dict(list(series.items())[start : start + SYMBOLS_AT_ONCE])
            counts["series"] += len(group)
            counts["objects"] += sum(map(len, group.values()))
            changed += _rebuild(connection, find_dataset(name), group, chosen, batch, is_dry_run=is_dry_run)
            progress(name, min(start + SYMBOLS_AT_ONCE, len(series)), len(series))
    if not is_dry_run:
        write_changes(connection, batch, changed)
    return counts | {"rows_changed": changed.total()}


def _list_objects(dataset: Dataset, symbol: str | None) -> Iterator[BronzeKey]:
    return open_store(dataset.source.name).list_keys(dataset.function.name, symbol)


def _rebuild(
    connection: psycopg.Connection,
    dataset: Dataset,
    series: dict[str, list[BronzeKey]],
    chosen: _Selection,
    batch: str,
    *,
    is_dry_run: bool,
) -> Counter[str]:
    symbols, changed = list(series), Counter[str]()
    with rebuild.shadow_silver(connection, dataset, symbols, is_dry_run=is_dry_run) as schema:
        # Locked now. What was judged since the lake was listed must not be undone.
        for symbol, newest in read_newest_judged(connection, SILVER, dataset.function.name, symbols).items():
            if chosen.holds(parse_key(newest)) and newest not in map(str, series[symbol][-1:]):
                series = series | chosen.list_series(dataset, symbol)
        loaded = load_in_order(connection, dataset, series, batch=batch, schema=schema)
        # A quarantined payload stays quarantined; a missing or corrupt object aborts the group.
        for row in loaded:
            if isinstance(row.error, BronzeError):
                raise row.error
        changed = rebuild.apply_shadow(connection, dataset, symbols)
    return changed  # noqa: RET504 a dry run leaves the block by its roll-back, and then gets here
