"""Frame to table: one transaction per batch of payloads, and only rows that differ are written.

`COPY` fills a temporary table, a delete and an upsert compare it with what is there; a series that is new goes straight
in. Killed half-way, nothing has happened. The schema is a parameter, because a replay builds silver anew beside the old
one and then compares. What a payload did is written by `load_log`: loaded_payloads, rejected_rows, restatements.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import psycopg
from psycopg import sql

from include.bronze.keys import BronzeKey
from include.errors import PayloadQuarantined, StocklakeError
from include.silver.accepted import Accepted
from include.silver.actions.listed import NO_LISTS
from include.silver.dataset import Dataset, MergedSeries
from include.silver.load_log import read_newest_loaded, record_payload
from include.silver.normalize import NormalizedSeries
from include.silver.payload_quarantines import read_broken_since, record_judgement
from include.silver.quarantine import Evidence, Quarantine, quarantine, what_is_taken
from include.silver.tables import (
    SILVER,
    Target,
    copy_frames,
    create_incoming,
    find_new_symbols,
    lock_symbols,
    merge_incoming,
)


@dataclass(frozen=True)
class Loaded:
    """What loading a payload changed, in rows; or why it was not loaded."""

    key: BronzeKey
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    error: StocklakeError | None = None

    @property
    def changed(self) -> int:
        """Rows of silver that are not what they were."""
        return self.inserted + self.updated + self.deleted


def load_payloads(
    connection: psycopg.Connection,
    dataset: Dataset,
    payloads: Sequence[NormalizedSeries],
    *,
    batch: str,
    accepted: Mapping[str, Accepted],
    schema: str = SILVER,
) -> list[Loaded]:
    """Merge one payload for each of several symbols into silver, in one transaction.

    Shape:  accepted weeks by symbol -> one Loaded per payload; one that is quarantined carries its error, and one that
            silver already has, or has a newer one than, changes nothing.
    Raises: psycopg.Error, and then nothing was written.
    """
    target, function = dataset.table, dataset.function.name
    with connection.transaction():
        symbols = [payload.symbol for payload in payloads]
        lock_symbols(connection, symbols)
        # Another batch may have been faster: an older payload must never cover a newer one.
        newest = read_newest_loaded(connection, schema, function, symbols)
        overtaken = [payload.key for payload in payloads if str(payload.key) <= newest.get(payload.symbol, "")]
        news = [payload for payload in payloads if payload.key not in overtaken]
        judged = [
            (evidence, quarantine(evidence, dataset.rules))
            for evidence in dataset.prepare(_gather(connection, dataset, news, schema, accepted))
        ]
        merged = dataset.merge([taken for evidence, found in judged if (taken := what_is_taken(evidence, found))])
        counts = _write(connection, target, merged, batch, schema)
        for series in merged:
            record_payload(connection, schema, batch, series, counts[series.payload.symbol])
        held_back = [(evidence.payload.key, found) for evidence, found in judged if found]
        taken_keys = [series.payload.key for series in merged]
        record_judgement(connection, schema, batch, taken=taken_keys, held_back=held_back)
    return [
        *(_loaded(evidence.payload.key, counts[evidence.payload.symbol], found) for evidence, found in judged),
        *map(Loaded, overtaken),
    ]


def _gather(
    connection: psycopg.Connection,
    dataset: Dataset,
    payloads: Sequence[NormalizedSeries],
    schema: str,
    accepted: Mapping[str, Accepted],
) -> list[Evidence]:
    symbols = [payload.symbol for payload in payloads]
    held = dataset.read_history(connection, schema, symbols)
    since = read_broken_since(connection, schema, dataset.function.name, symbols)
    lists = dataset.read_lists(connection, symbols)
    history_of = {str(symbol): rows for (symbol,), rows in held.group_by("symbol", maintain_order=True)}
    return [
        Evidence(
            payload,
            history_of.get(payload.symbol, held.clear()),
            accepted.get(payload.symbol, {}),
            since.get(payload.symbol, {}),
            lists.get(payload.symbol, NO_LISTS),
        )
        for payload in payloads
    ]


def _write(
    connection: psycopg.Connection, target: Target, merged: Sequence[MergedSeries], batch: str, schema: str
) -> defaultdict[str, Counter[str]]:
    new_symbols = find_new_symbols(connection, target, [series.payload.symbol for series in merged], schema=schema)
    # A new series has nothing to compare with: it goes straight into the table, which is twice as fast.
    new = [series for series in merged if series.payload.symbol in new_symbols]
    copy_frames(connection, target, map(_with_origin, new), into=sql.Identifier(schema, target.name), batch=batch)
    known = [series for series in merged if series.payload.symbol not in new_symbols]
    counts = defaultdict(Counter, {series.payload.symbol: Counter(inserted=series.rows.height) for series in new})
    if known:
        create_incoming(connection, target)
        copy_frames(connection, target, map(_with_origin, known), into=sql.Identifier("incoming"), batch=batch)
        protected_dates = [(series.payload.symbol, day) for series in known for day in series.protected_dates]
        whole = [series.payload.symbol for series in known] if target.is_whole else []
        counts |= merge_incoming(connection, target, schema=schema, protected_dates=protected_dates, whole=whole)
    for series in merged:
        done = counts[series.payload.symbol]
        done["unchanged"] = series.rows.height - done["inserted"] - done["updated"]
        done["retained"] = int(series.rows["is_retained"].sum()) if "is_retained" in series.rows.columns else 0
    return counts


def _with_origin(series: MergedSeries) -> tuple[str, pl.DataFrame]:
    return str(series.payload.key), series.rows


def _loaded(key: BronzeKey, done: Counter[str], found: Quarantine | None) -> Loaded:
    error = PayloadQuarantined(f"{key.symbol}: {found}") if found else None
    return Loaded(key, done["inserted"], done["updated"], done["deleted"], error)
