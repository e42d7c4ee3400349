"""Answers that S3 did not take. Each cost a credit, so it waits in Postgres until S3 is back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import psycopg

from include.bronze.keys import BronzeKey
from include.bronze.store import BronzeStore


@dataclass(frozen=True)
class Rescued:
    """An answer that waited and lies in the lake now.

    Units:  `seconds` the call took on the wall, `size` in bytes.
    """

    call_id: int
    key: BronzeKey
    seconds: float
    size: int


def strand(
    connection: psycopg.Connection,
    call_id: int,
    function: str,
    symbol: str,
    body: bytes,
    *,
    at: datetime,
    seconds: float,
) -> None:
    """Keep the answer that a call bought at a moment of the market's clock."""
    connection.execute(
        """
        insert into ops.stranded_answers (call_id, function, symbol, fetched_at, seconds, body)
        values (%s, %s, %s, %s, %s, %s)
        """,
        (call_id, function, symbol, at, seconds, body),
    )


def rescue(connection: psycopg.Connection, store: BronzeStore, function: str) -> Iterator[Rescued]:
    """Store the answers of a function that wait, oldest first; each is gone from the table with its transaction."""
    while row := connection.execute(
        """
        delete from ops.stranded_answers where call_id = (
            select call_id from ops.stranded_answers where function = %s
            order by call_id limit 1 for update skip locked
        )
        returning call_id, symbol, fetched_at, seconds, body
        """,
        (function,),
    ).fetchone():
        call_id, symbol, fetched_at, seconds, body = row
        written = store.write_answer(function, symbol, body, fetched_at=fetched_at)
        yield Rescued(call_id, written.key, seconds, len(body))
