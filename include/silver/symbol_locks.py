"""The locks that keep two batches from changing one symbol at the same time."""

from collections.abc import Sequence

import psycopg


def lock_symbols(connection: psycopg.Connection, symbols: Sequence[str]) -> None:
    """Keep other batches off these symbols until the transaction ends; the fixed order prevents a deadlock."""
    # A row that is there is locked although nothing of it changes. No reading role can lock a row.
    connection.execute(
        """
        insert into ops.symbol_locks (symbol)
        select distinct symbol from unnest(%s::text[]) as symbol order by symbol
        on conflict (symbol) do update set symbol = excluded.symbol where false
        """,
        (list(symbols),),
    )
