"""When a row that silver holds open closes."""

from datetime import UTC, datetime, time

import psycopg
from psycopg import sql

from include.bronze.keys import parse_key
from include.silver.dataset import Dataset
from include.silver.load_log import read_newest_loaded
from include.silver.stored_weeks import TABLE as WEEKS
from include.silver.tables import SILVER
from include.sources import LISTED_WITHIN, Cadence


def read_closes_at(connection: psycopg.Connection, dataset: Dataset, symbol: str) -> datetime | None:
    """Read from when on a payload closes the newest row that silver holds open of a symbol; None where none is.

    A payload that came before its newest week or day was over leaves that open; the same bytes, fetched afterwards,
    close it: on Saturday as on Friday evening, or for ever of a stock that was delisted on a Wednesday. The same list
    of actions, fetched long enough after a week whose action is unsure, says that nothing happened in it.
    """
    if dataset.function.changes_with is Cadence.ACTION:
        return _read_doubt_ends_at(connection, dataset, symbol)
    closing = dataset.closing
    if closing is None:
        return None
    query = sql.SQL("select max({}) from {} where symbol = %s and not {}").format(
        sql.Identifier(closing.day), sql.Identifier(SILVER, dataset.table.name), sql.Identifier(closing.flag)
    )
    row = connection.execute(query, (symbol,)).fetchone()
    return closing.at(symbol, row[0]) if row and row[0] else None


def _read_doubt_ends_at(connection: psycopg.Connection, dataset: Dataset, symbol: str) -> datetime | None:
    newest = read_newest_loaded(connection, SILVER, dataset.function.name, [symbol]).get(symbol)
    if newest is None:
        return None
    query = sql.SQL(
        "select min(week_ending) from {} where symbol = %s and is_action_unsure and week_ending > %s"
    ).format(sql.Identifier(SILVER, WEEKS.name))
    row = connection.execute(query, (symbol, parse_key(newest).fetched_at.date() - LISTED_WITHIN)).fetchone()
    return datetime.combine(row[0] + LISTED_WITHIN, time(), UTC) if row and row[0] else None
