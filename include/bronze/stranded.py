"""Answers that S3 did not take. Each cost a credit, so it waits in Postgres until S3 is back."""

from datetime import datetime

import psycopg

from include.bronze.keys import BronzeKey
from include.bronze.store import BronzeStore


def strand(
    connection: psycopg.Connection, call_id: int, function: str, symbol: str, body: bytes, *, fetched_at: datetime
) -> None:
    """Keep the answer that a call bought."""
    connection.execute(
        "insert into ops.stranded_answers (call_id, function, symbol, fetched_at, body) values (%s, %s, %s, %s, %s)",
        (call_id, function, symbol, fetched_at, body),
    )


def rescue(
    connection: psycopg.Connection, store: BronzeStore, function: str, symbol: str
) -> tuple[int, BronzeKey] | None:
    """Store the oldest answer of a series that waits, if one does.

    Shape:  -> the call that bought it, and its key in the lake.
    """
    with connection.transaction():
        row = connection.execute(
            """
            delete from ops.stranded_answers where call_id = (
                select min(call_id) from ops.stranded_answers where function = %s and symbol = %s
            )
            returning call_id, body, fetched_at
            """,
            (function, symbol),
        ).fetchone()
        if row is None:
            return None
        call_id, body, fetched_at = row
        return call_id, store.write_answer(function, symbol, body, fetched_at=fetched_at).key
