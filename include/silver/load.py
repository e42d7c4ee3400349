"""Frame to table: one transaction per batch of answers, and only rows that differ are written.

`COPY` fills a temporary table, a delete and an upsert compare it with what is there; a series that is new goes straight
in. Killed half-way, nothing has happened. The schema is a parameter, because a replay builds silver anew beside the old
one and then compares.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import polars as pl
import psycopg
from psycopg import sql

from include.alpha_vantage.functions import Function
from include.bronze.keys import BronzeKey
from include.errors import PayloadQuarantined, StocklakeError
from include.silver.accepted import Accepted
from include.silver.history import (
    Restatement,
    add_actions_to_all,
    find_restatement,
)
from include.silver.load_log import read_newest_loaded, record_answer, record_restatement
from include.silver.normalize import NormalizedSeries
from include.silver.quarantine import Evidence, Quarantine, quarantine, what_is_taken
from include.silver.quarantine_ledger import read_quarantined_keys, record_judgement
from include.silver.tables import (
    SILVER,
    TARGETS,
    Target,
    copy_frames,
    create_incoming,
    find_new_symbols,
    lock_symbols,
    merge_incoming,
    read_stored_closes,
    read_stored_weeks,
)

NOTHING_ACCEPTED: Mapping[str, Accepted] = MappingProxyType({})


@dataclass(frozen=True)
class Answer:
    """One object of the lake, normalised and ready to load."""

    key: BronzeKey
    series: NormalizedSeries


@dataclass(frozen=True)
class Loaded:
    """What loading an answer changed, in rows; or why it was not loaded."""

    key: BronzeKey
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    error: StocklakeError | None = None

    @property
    def changed(self) -> int:
        """Rows of silver that are not what they were."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True)
class _Merged:
    key: BronzeKey
    payload: NormalizedSeries
    rows: pl.DataFrame
    restatement: Restatement | None = None
    in_doubt: tuple[date | None, ...] = ()  # stored days that stay although `rows` lack them

    @property
    def symbol(self) -> str:
        return self.key.symbol


def load_answers(
    connection: psycopg.Connection,
    function: Function,
    answers: Sequence[Answer],
    *,
    batch: str,
    schema: str = SILVER,
    accepted: Mapping[str, Accepted] = NOTHING_ACCEPTED,
) -> list[Loaded]:
    """Merge one answer for each of several symbols into silver, in one transaction.

    Shape:  accepted weeks by symbol -> one Loaded per answer; one that is quarantined carries its error, and one that
            silver already has, or has a newer one than, changes nothing.
    Raises: psycopg.Error, and then nothing was written.
    """
    target = TARGETS[function]
    with connection.transaction():
        symbols = [answer.key.symbol for answer in answers]
        lock_symbols(connection, symbols)
        # Another batch may have been faster: an older answer must never cover a newer one.
        newest = read_newest_loaded(connection, schema, function, symbols)
        overtaken = [answer.key for answer in answers if str(answer.key) <= newest.get(answer.key.symbol, "")]
        news = [answer for answer in answers if answer.key not in overtaken]
        judged = [
            (evidence, quarantine(evidence)) for evidence in _gather(connection, function, news, schema, accepted)
        ]
        merged = _merge(function, [taken for evidence, found in judged if (taken := what_is_taken(evidence, found))])
        counts = _write(connection, target, merged, batch, schema)
        for series in merged:
            _record(connection, schema, batch, series, counts[series.symbol])
        held_back = {evidence.key: found for evidence, found in judged if found}
        taken_keys = [series.key for series in merged]
        record_judgement(connection, schema, batch, taken=taken_keys, held_back=list(held_back.items()))
    return [
        *(_loaded(evidence.key, counts[evidence.key.symbol], found) for evidence, found in judged),
        *map(Loaded, overtaken),
    ]


def _gather(
    connection: psycopg.Connection,
    function: Function,
    answers: Sequence[Answer],
    schema: str,
    accepted: Mapping[str, Accepted],
) -> list[Evidence]:
    symbols = [answer.key.symbol for answer in answers]
    held = pl.DataFrame(schema={"symbol": pl.String})
    if function is Function.WEEKLY_ADJUSTED:
        held = read_stored_weeks(connection, symbols, schema=schema)
    if function is Function.DAILY:
        held = read_stored_closes(connection, symbols, schema=schema)
    history_of = {str(symbol): rows for (symbol,), rows in held.group_by("symbol", maintain_order=True)}
    before = read_quarantined_keys(connection, schema, function, symbols)
    return [
        Evidence(
            answer.key,
            answer.series,
            history_of.get(answer.key.symbol, held.clear()),
            tuple(key for key in before.get(answer.key.symbol, ()) if key < str(answer.key)),
            accepted.get(answer.key.symbol, {}),
        )
        for answer in answers
    ]


def _merge(function: Function, taken: Sequence[Evidence]) -> list[_Merged]:
    if function is Function.WEEKLY_ADJUSTED:
        laid_over = add_actions_to_all([evidence.merged for evidence in taken])
        return [
            _Merged(evidence.key, evidence.payload, rows, find_restatement(evidence.payload, evidence.history, rows))
            for evidence, rows in zip(taken, laid_over, strict=True)
        ]
    return [
        _Merged(
            evidence.key,
            evidence.payload,
            evidence.payload.rows,
            in_doubt=tuple(evidence.payload.unreadable_days) if function is Function.DAILY else (),
        )
        for evidence in taken
    ]


def _write(
    connection: psycopg.Connection, target: Target, merged: Sequence[_Merged], batch: str, schema: str
) -> defaultdict[str, Counter[str]]:
    new_symbols = find_new_symbols(connection, target, [series.symbol for series in merged], schema=schema)
    # A new series has nothing to compare with: it goes straight into the table, which is twice as fast.
    new = [series for series in merged if series.symbol in new_symbols]
    copy_frames(connection, target, map(_with_origin, new), into=sql.Identifier(schema, target.table), batch=batch)
    known = [series for series in merged if series.symbol not in new_symbols]
    counts = defaultdict(Counter, {series.symbol: Counter(inserted=series.rows.height) for series in new})
    if known:
        create_incoming(connection, target)
        copy_frames(connection, target, map(_with_origin, known), into=sql.Identifier("incoming"), batch=batch)
        in_doubt = [(series.symbol, day) for series in known for day in series.in_doubt]
        counts |= merge_incoming(connection, target, schema=schema, in_doubt=in_doubt)
    for series in merged:
        done = counts[series.symbol]
        done["unchanged"] = series.rows.height - done["inserted"] - done["updated"]
        done["carried"] = int(series.rows["is_carried"].sum()) if "is_carried" in series.rows.columns else 0
    return counts


def _with_origin(series: _Merged) -> tuple[str, pl.DataFrame]:
    return str(series.key), series.rows


def _record(connection: psycopg.Connection, schema: str, batch: str, series: _Merged, done: Counter[str]) -> None:
    record_answer(connection, schema, batch, series.key, series.payload, done)
    if series.restatement:
        record_restatement(connection, schema, batch, series.key, series.restatement)


def _loaded(key: BronzeKey, done: Counter[str], found: Quarantine | None) -> Loaded:
    error = PayloadQuarantined(f"{key.symbol}: {found}") if found else None
    return Loaded(key, done["inserted"], done["updated"], done["deleted"], error)
