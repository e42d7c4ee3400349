"""Frames out of Postgres and into it, by COPY."""

import io

import polars as pl
import psycopg
from psycopg import sql


def read_frame(connection: psycopg.Connection, query: sql.Composable, schema: pl.Schema) -> pl.DataFrame:
    """Read what a query gives, as a schema says it; a flag comes as the text t or f.

    Shape:  -> (n, schema).
    """
    text = io.BytesIO()
    with connection.cursor().copy(sql.SQL("copy ({}) to stdout csv").format(query)) as copy:
        for block in copy:
            text.write(block)
    is_empty = text.tell() == 0  # which Polars refuses to read
    text.seek(0)
    return schema.to_frame() if is_empty else pl.read_csv(text, has_header=False, schema=schema)


def write_frame(connection: psycopg.Connection, table: sql.Identifier, rows: pl.DataFrame) -> None:
    """Append rows to a table, by the names of their columns."""
    names = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    with connection.cursor().copy(sql.SQL("copy {} ({}) from stdin (format csv)").format(table, names)) as copy:
        copy.write(rows.write_csv(include_header=False))
