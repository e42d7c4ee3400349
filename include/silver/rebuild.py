"""Rebuild silver in temporary tables and merge the differences; equal rows keep their batch and time of loading."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from include.silver.dataset import Dataset
from include.silver.load_log import TABLES as LOAD_LOG
from include.silver.payload_quarantines import OPS, PAYLOAD
from include.silver.payload_quarantines import TABLE as QUARANTINES
from include.silver.tables import SILVER, create_incoming, lock_symbols, merge_incoming

SHADOW = "pg_temp"  # temporary tables of the same names: the loading code only needs another schema
# What is kept about payloads, and in which schema.
KEPT = {**dict.fromkeys(LOAD_LOG, SILVER), QUARANTINES: OPS}


@contextmanager
def shadow_silver(
    connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str], *, is_dry_run: bool
) -> Iterator[str]:
    """Give the name of an empty silver to load some symbols into, within one transaction.

    An error inside, or a dry run, leaves the real silver as it was.
    """
    with connection.transaction():
        lock_symbols(connection, symbols)
        for table, schema in {dataset.table.name: SILVER, **KEPT}.items():
            connection.execute(
                sql.SQL("create temporary table {} (like {} including all) on commit drop").format(
                    sql.Identifier(table), sql.Identifier(schema, table)
                )
            )
        yield SHADOW
        if is_dry_run:
            raise psycopg.Rollback


def apply_shadow(connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str]) -> Counter[str]:
    """Make silver equal to what was built beside it, for some symbols; within the transaction of `shadow_silver`.

    Shape:  -> rows of silver that were inserted, updated and deleted.
    """
    target = dataset.table
    create_incoming(connection, target, rows_of=SHADOW)
    gone = connection.execute(
        sql.SQL(
            """
            delete from {} as stored where symbol = any(%s) and not exists (
                select from incoming where ({}) = ({})
            )
            """
        ).format(
            sql.Identifier(SILVER, target.name),
            sql.SQL(", ").join(sql.Identifier("incoming", name) for name in target.key),
            sql.SQL(", ").join(sql.Identifier("stored", name) for name in target.key),
        ),
        (list(symbols),),
    ).rowcount
    counts = merge_incoming(connection, target, schema=SILVER, is_whole_history=True)
    for table in KEPT:
        _replace_log(connection, table, dataset, symbols)
    return sum(counts.values(), Counter(deleted=gone))


def _replace_log(connection: psycopg.Connection, table: str, dataset: Dataset, symbols: Sequence[str]) -> None:
    names = {
        "table": sql.Identifier(KEPT[table], table),
        "beside": sql.Identifier(SHADOW, table),
        # The same table of ops also holds what publications left out, which no replay can know.
        "of_payloads": sql.SQL("place = {}").format(PAYLOAD) if table == QUARANTINES else sql.SQL("true"),
    }
    # The function is part of the key, so that one prefix serves all tables. A corrected rule may count or reject
    # anew within the same object, so the content decides.
    connection.execute(
        sql.SQL(
            """
            delete from {table} as stored
            where symbol = any(%s) and bronze_key like %s and {of_payloads} and not exists (
                select from {beside} as built where built.bronze_key = stored.bronze_key
                and to_jsonb(built) - array['execution_batch_id', 'loaded_at']
                = to_jsonb(stored) - array['execution_batch_id', 'loaded_at']
            )
            """
        ).format(**names),
        (list(symbols), f"%/function={dataset.function}/%"),
    )
    connection.execute(sql.SQL("insert into {table} select * from {beside} on conflict do nothing").format(**names))
