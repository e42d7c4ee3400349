"""Series of silver built anew from the lake: chosen ones, and those that an earlier version of the inference wrote."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import psycopg
import structlog
from psycopg import sql

from include.bronze.decisions import read_beginnings
from include.bronze.keys import BronzeKey, parse_key
from include.bronze.store import open_store
from include.errors import BronzeError, ObjectMissing, SettingsError
from include.silver import rebuild
from include.silver.dataset import Dataset
from include.silver.datasets import all_datasets
from include.silver.lists import note_lists
from include.silver.payload_quarantines import read_newest_judged
from include.silver.tables import SILVER
from include.steps.normalizing import load_in_order
from include.warehouse.connection import connect

WRITTEN_NOW = "total_return_factor"  # null in the rows that an earlier version wrote

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Selection:
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


def rebuild_outdated(dataset: Dataset, batch: str) -> None:
    """Build the symbols anew of which an earlier version wrote a row; without an API call.

    One after the other, so that what is done is done; a symbol is left as it is where an object that silver took in is
    gone from the lake, for its weeks would go with it, or cannot be read.
    """
    if WRITTEN_NOW not in dataset.table.columns:
        return
    with connect() as connection:
        connection.autocommit = True
        chosen = Selection(None, None, None, read_beginnings(open_store()))
        for symbol in _find_outdated(connection, dataset):
            series = chosen.list_series(dataset, symbol)
            try:
                _check_lake_holds(connection, dataset, symbol, chosen, series)
                changed = rebuild_series(connection, dataset, series, chosen, batch, is_dry_run=False)
            except BronzeError as error:
                log.warning("rebuild", symbol=symbol, batch=batch, error=str(error))
            else:
                log.info("rebuild", symbol=symbol, batch=batch, rows_changed=changed.total())


def _check_lake_holds(
    connection: psycopg.Connection,
    dataset: Dataset,
    symbol: str,
    chosen: Selection,
    series: Mapping[str, Sequence[BronzeKey]],
) -> None:
    query = "select bronze_key from silver.loaded_payloads where function = %s and symbol = %s order by bronze_key"
    taken = [parse_key(key) for (key,) in connection.execute(query, (dataset.function.name, symbol)).fetchall()]
    gone = [key for key in taken if chosen.holds(key) and key not in series.get(symbol, ())]
    if gone or not series:
        raise ObjectMissing(f"the lake no longer holds {gone[0] if gone else f'anything of {symbol}'}")


def _find_outdated(connection: psycopg.Connection, dataset: Dataset) -> Sequence[str]:
    query = sql.SQL("select distinct symbol from {} where {} is null order by symbol").format(
        sql.Identifier(SILVER, dataset.table.name), sql.Identifier(WRITTEN_NOW)
    )
    return [symbol for (symbol,) in connection.execute(query).fetchall()]


def _list_objects(dataset: Dataset, symbol: str | None = None) -> Iterator[BronzeKey]:
    """The objects of a dataset in the lake, or those of one symbol."""
    return open_store(dataset.source.name).list_keys(dataset.function.name, symbol)


def rebuild_series(
    connection: psycopg.Connection,
    dataset: Dataset,
    series: dict[str, list[BronzeKey]],
    chosen: Selection,
    batch: str,
    *,
    is_dry_run: bool,
) -> Counter[str]:
    """Build the series of some symbols beside those of silver, and merge what differs.

    Shape:  series, by symbol its objects of the lake, oldest first -> rows inserted, updated, deleted.
    Raises: BronzeError that names an object that is missing or corrupt, and then nothing was changed.
    """
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
        note_lists(connection, dataset, symbols)
    return changed  # a dry run leaves the block by its roll-back, and then gets here
