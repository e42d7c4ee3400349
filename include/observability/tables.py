"""Asks the warehouse for its tables: before the first start none of them is there."""

import psycopg


def table_exists(connection: psycopg.Connection, table: str) -> bool:
    """Whether the table, written as schema.table, is there."""
    row = connection.execute("select to_regclass(%s) is not null", (table,)).fetchone()
    return bool(row and row[0])
