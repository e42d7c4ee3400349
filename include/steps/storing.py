"""Put a fetched payload into the lake: once, but again where the same bytes, fetched later, say more."""

from datetime import date, datetime

import psycopg
from psycopg import sql

from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.exchanges import closes_at
from include.silver.dataset import Dataset
from include.silver.tables import SILVER


def store_payload(
    connection: psycopg.Connection, dataset: Dataset, symbol: str, body: bytes, *, fetched_at: datetime
) -> BronzeKey:
    """Store a payload, or find the object that holds it.

    A payload that came before its newest week was over leaves that week open; the same bytes, fetched afterwards,
    close it: on Saturday as on Friday evening, or for ever of a stock that was delisted on a Wednesday.
    """
    traded = _read_open_price_date(connection, dataset, symbol)
    return open_store(dataset.source.name).write_payload(
        dataset.function.name,
        symbol,
        body,
        fetched_at=fetched_at,
        says_more_from=closes_at(symbol, traded) if traded else None,
    )


def _read_open_price_date(connection: psycopg.Connection, dataset: Dataset, symbol: str) -> date | None:
    if "is_complete_week" not in dataset.table.columns:
        return None
    query = sql.SQL("select max(price_date) from {} where symbol = %s and not is_complete_week")
    table = sql.Identifier(SILVER, dataset.table.name)
    row = connection.execute(query.format(table), (symbol,)).fetchone()
    return row[0] if row else None
