"""Frame to table: one transaction per batch of answers, and only rows that differ are written.

`COPY` fills a temporary table, a delete and an upsert compare it with what is there; a series that is new goes straight
in. Killed half-way, nothing has happened. The schema is a parameter, because a replay builds silver anew beside the old
one and then compares.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg
from psycopg import sql

from include.alpha_vantage.functions import Function
from include.bronze.keys import BronzeKey
from include.errors import ReusedTicker, StocklakeError
from include.silver.bookkeeping import read_newest_loaded, record_answer, record_restatement
from include.silver.history import (
    Restatement,
    add_actions_to_all,
    check_days_are_of_same_security,
    find_restatement,
    lay_over,
)
from include.silver.normalize import NormalizedSeries
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


@dataclass(frozen=True)
class Answer:
    """One object of the lake, normalised and ready to load."""

    key: BronzeKey
    series: NormalizedSeries


@dataclass(frozen=True)
class Loaded:
    """What loading an answer changed, in rows; or why it could not be loaded."""

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
    answer: Answer
    rows: pl.DataFrame
    restatement: Restatement | None = None
    in_doubt: tuple[date | None, ...] = ()  # stored days that stay although `rows` lack them

    @property
    def symbol(self) -> str:
        return self.answer.key.symbol


def load_answers(
    connection: psycopg.Connection, function: Function, answers: Sequence[Answer], *, batch: str, schema: str = SILVER
) -> list[Loaded]:
    """Merge one answer for each of several symbols into silver, in one transaction.

    Shape:  -> one Loaded per answer; one whose history belongs to another security carries its error, and one that
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
        merged, held_back = _lay_over_history(connection, function, news, schema)
        counts = _write(connection, target, merged, batch, schema)
        loaded = []
        for series in merged:
            done = counts[series.answer.key.symbol]
            loaded.append(Loaded(series.answer.key, done["inserted"], done["updated"], done["deleted"]))
            record_answer(connection, schema, batch, series.answer.key, series.answer.series, done)
            if series.restatement:
                record_restatement(connection, schema, batch, series.answer.key, series.restatement)
    return [*loaded, *held_back, *map(Loaded, overtaken)]


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
    return str(series.answer.key), series.rows


def _lay_over_history(
    connection: psycopg.Connection, function: Function, answers: Sequence[Answer], schema: str
) -> tuple[list[_Merged], list[Loaded]]:
    match function:
        case Function.WEEKLY_ADJUSTED:
            return _lay_over_weeks(connection, answers, schema)
        case Function.DAILY:
            return _lay_over_days(connection, answers, schema)
        case Function.OVERVIEW:
            return [_Merged(answer, answer.series.rows) for answer in answers], []


def _lay_over_weeks(
    connection: psycopg.Connection, answers: Sequence[Answer], schema: str
) -> tuple[list[_Merged], list[Loaded]]:
    stored = read_stored_weeks(connection, [answer.key.symbol for answer in answers], schema=schema)
    weeks_of = {str(symbol): weeks for (symbol,), weeks in stored.group_by("symbol", maintain_order=True)}
    held = [weeks_of.get(answer.key.symbol, stored.clear()) for answer in answers]
    kept, laid_over, held_back = [], [], []
    for answer, weeks in zip(answers, held, strict=True):
        try:
            laid_over.append(lay_over(answer.series, weeks))
        except ReusedTicker as error:
            held_back.append(Loaded(answer.key, error=error))
        else:
            kept.append((answer, weeks))
    merged = [
        _Merged(answer, rows, find_restatement(answer.series, weeks, rows))
        for (answer, weeks), rows in zip(kept, add_actions_to_all(laid_over), strict=True)
    ]
    return merged, held_back


def _lay_over_days(
    connection: psycopg.Connection, answers: Sequence[Answer], schema: str
) -> tuple[list[_Merged], list[Loaded]]:
    stored = read_stored_closes(connection, [answer.key.symbol for answer in answers], schema=schema)
    merged, held_back = [], []
    for answer in answers:
        try:
            check_days_are_of_same_security(answer.series, stored)
        except ReusedTicker as error:
            held_back.append(Loaded(answer.key, error=error))
        else:
            merged.append(_Merged(answer, answer.series.rows, in_doubt=tuple(answer.series.unreadable_days)))
    return merged, held_back
