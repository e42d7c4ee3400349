"""When a row that silver holds open closes."""

from datetime import datetime

import psycopg
from psycopg import sql

from include.silver.dataset import Dataset
from include.silver.tables import SILVER


def read_closes_at(connection: psycopg.Connection, dataset: Dataset, symbol: str) -> datetime | None:
    """Read from when on a payload closes the newest row that silver holds open of a symbol; None where none is.

    A payload that came before its newest week or day was over leaves that open; the same bytes, fetched afterwards,
    close it: on Saturday as on Friday evening, or for ever of a stock that was delisted on a Wednesday.
    """
    closing = dataset.closing
    if closing is None:
        return None
    query = sql.SQL("select max({}) from {} where symbol = %s and not {}").format(
        sql.Identifier(closing.day), sql.Identifier(SILVER, dataset.table.name), sql.Identifier(closing.flag)
    )
    row = connection.execute(query, (symbol,)).fetchone()
    return closing.at(symbol, row[0]) if row and row[0] else None
