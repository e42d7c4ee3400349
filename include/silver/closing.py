"""When a row that silver holds open closes."""

from datetime import datetime

import psycopg
from psycopg import sql

from include.exchanges import closes_at
from include.silver.dataset import Dataset
from include.silver.tables import SILVER


def read_closes_at(connection: psycopg.Connection, dataset: Dataset, symbol: str) -> datetime | None:
    """Read from when on a payload closes the newest week that silver holds open of a symbol; None where none is.

    A payload that came before its newest week was over leaves that week open; the same bytes, fetched afterwards,
    close it: on Saturday as on Friday evening, or for ever of a stock that was delisted on a Wednesday.
    """
    if "is_complete_week" not in dataset.table.columns:
        return None
    query = sql.SQL("select max(price_date) from {} where symbol = %s and not is_complete_week")
    table = sql.Identifier(SILVER, dataset.table.name)
    row = connection.execute(query.format(table), (symbol,)).fetchone()
    return closes_at(symbol, row[0]) if row and row[0] else None
