"""The outbox: payloads that S3 refused, kept in Postgres and stored by the next run, so that no credit is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import psycopg

from include.bronze.keys import BronzeKey
from include.bronze.store import BronzeStore


@dataclass(frozen=True)
class Stored:
    """A payload that waited and is in the lake now.

    Units:  `seconds` the call took on the wall, `size` in bytes.
    """

    call_id: int
    key: BronzeKey
    seconds: float
    size: int


def enqueue(
    connection: psycopg.Connection,
    call_id: int,
    function: str,
    symbol: str,
    body: bytes,
    *,
    fetched_at: datetime,
    seconds: float,
) -> None:
    """Keep the payload that a call bought at a moment of the market's clock."""
    connection.execute(
        """
        insert into ops.bronze_outbox (call_id, function, symbol, fetched_at, seconds, body)
        values (%s, %s, %s, %s, %s, %s)
        """,
        (call_id, function, symbol, fetched_at, seconds, body),
    )


def drain(connection: psycopg.Connection, store: BronzeStore, function: str) -> Iterator[Stored]:
    """Store the payloads of a function that wait, oldest first; each leaves the table with its transaction."""
    while row := connection.execute(
        """
        delete from ops.bronze_outbox where call_id = (
            select call_id from ops.bronze_outbox where function = %s
            order by call_id limit 1 for update skip locked
        )
        returning call_id, symbol, fetched_at, seconds, body
        """,
        (function,),
    ).fetchone():
        call_id, symbol, fetched_at, seconds, body = row
        written = store.write_payload(function, symbol, body, fetched_at=fetched_at)
        yield Stored(call_id, written.key, seconds, len(body))
