"""What silver holds of a daily series: its newest day, its gaps, and when all of it was fetched last."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import polars as pl
import psycopg
from psycopg import sql

from include.alpha_vantage.planner import SeriesState
from include.bronze.keys import parse_key
from include.exchanges import last_closed_session
from include.silver.dataset import Dataset, WholeHistory
from include.silver.gaps import find_gaps_between
from include.silver.tables import SILVER
from include.silver.whole_history import Gap, HeldDays


def read_held_days(
    connection: psycopg.Connection,
    dataset: Dataset,
    whole: WholeHistory,
    states: Mapping[str, SeriesState],
) -> dict[str, HeldDays]:
    """Read what silver holds of some daily series, with the gaps that its newest whole history could not show."""
    symbols = list(states)
    whole_at = read_whole_at(connection, dataset, whole, symbols)
    newest = _read_newest(connection, dataset, symbols)
    since = {symbol: last_closed_session(symbol, at) for symbol, at in whole_at.items()}
    gaps = _read_gaps(connection, dataset, {symbol: since.get(symbol, date.min) for symbol in newest})
    return {
        symbol: HeldDays(newest.get(symbol), state.answered_at, whole_at.get(symbol), tuple(gaps.get(symbol, ())))
        for symbol, state in states.items()
    }


def read_whole_at(
    connection: psycopg.Connection, dataset: Dataset, whole: WholeHistory, symbols: Sequence[str]
) -> dict[str, datetime]:
    """Read when the newest payload of each symbol was fetched that had all of its series; by the market's clock."""
    # One with fewer rows than the usual call may bring is all there is, too.
    rows = connection.execute(
        """
        select symbol, max(bronze_key) from silver.loaded_payloads
        where function = %s and symbol = any(%s) and rows_received <> %s group by symbol
        """,
        (dataset.function.name, symbols, whole.usual_rows),
    )
    return {symbol: parse_key(key).fetched_at for symbol, key in rows}


def _read_newest(connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str]) -> dict[str, date]:
    query = sql.SQL("select symbol, max({}) from {} where symbol = any(%s) group by symbol")
    return dict(connection.execute(query.format(*_names(dataset)), (symbols,)).fetchall())


def _read_gaps(connection: psycopg.Connection, dataset: Dataset, since: Mapping[str, date]) -> dict[str, list[Gap]]:
    """By symbol, the gaps that end after a day."""
    day, table = _names(dataset)
    # Of neighbours from Friday to Monday nothing is read: no calendar has a session on a weekend.
    query = sql.SQL(
        """
        select symbol, previous, {day} from unnest(%s::text[], %s::date[]) as asked (symbol, since)
        cross join lateral (
            select {day}, lag({day}) over (order by {day}) as previous from {table} as stored
            where stored.symbol = asked.symbol and {day} >= coalesce((
                select max({day}) from {table} as held where held.symbol = asked.symbol and {day} <= asked.since
            ), asked.since)
        ) as neighbours
        where {day} - previous > 1 and not ({day} - previous = 3 and extract(isodow from {day}) = 1)
        """
    ).format(day=day, table=table)
    rows = connection.execute(query, (list(since), list(since.values()))).fetchall()
    schema = {"symbol": pl.String, "previous": pl.Date, "trade_date": pl.Date}
    found: dict[str, list[Gap]] = {}
    for symbol, first, last, sessions in find_gaps_between(pl.DataFrame(rows, schema=schema, orient="row")).iter_rows():
        if last > since[symbol]:
            found.setdefault(symbol, []).append(Gap(first, last, sessions))
    return found


def _names(dataset: Dataset) -> tuple[sql.Identifier, sql.Identifier]:
    return sql.Identifier(dataset.table.date or ""), sql.Identifier(SILVER, dataset.table.name)
