"""What silver remembers of each answer: its row counts, the rows it rejected, the history it rewrote."""

from collections import Counter
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from include.alpha_vantage.functions import Function
from include.bronze.keys import BronzeKey
from include.silver.history import Restatement
from include.silver.normalize import NormalizedSeries
from include.silver.tables import names

TABLES = ("loaded_answers", "rejected_rows", "restatements")


def record_answer(
    connection: psycopg.Connection,
    schema: str,
    batch: str,
    key: BronzeKey,
    series: NormalizedSeries,
    done: Counter[str],
    restatement: Restatement | None,
) -> None:
    """Write what is kept about an answer: its counts, its rejected rows, its restatement; in the load's transaction."""
    origin: dict[str, object] = {"bronze_key": str(key), "symbol": key.symbol, "execution_batch_id": batch}
    counts: dict[str, object] = {
        "rows_received": series.received,
        "rows_kept": series.rows.height,
        "rows_combined": series.combined,
        "rows_rejected": series.rejected.height,
        "rows_inserted": done["inserted"],
        "rows_updated": done["updated"],
        "rows_deleted": done["deleted"],
        "rows_unchanged": done["unchanged"],
    }
    _insert(connection, schema, "loaded_answers", origin | {"function": str(key.function)} | counts)
    for row in series.rejected.iter_rows(named=True):
        _insert(connection, schema, "rejected_rows", origin | {"function": str(key.function)} | row)
    if restatement is not None:
        _insert(connection, schema, "restatements", origin | {"known_at": key.fetched_at} | vars(restatement))


def is_loaded(connection: psycopg.Connection, bronze_key: str) -> bool:
    """Whether silver has taken in an object."""
    row = connection.execute("select from silver.loaded_answers where bronze_key = %s", (bronze_key,)).fetchone()
    return row is not None


def read_newest_loaded(
    connection: psycopg.Connection, schema: str, function: Function, symbols: Sequence[str]
) -> dict[str, str]:
    """By symbol, the key of the newest object of its series that silver, or one built beside it, has taken in."""
    query = sql.SQL("select symbol, max(bronze_key) from {} where function = %s and symbol = any(%s) group by symbol")
    return dict(
        connection.execute(query.format(sql.Identifier(schema, "loaded_answers")), (function, list(symbols))).fetchall()
    )


def _insert(connection: psycopg.Connection, schema: str, table: str, row: Mapping[str, object]) -> None:
    connection.execute(
        sql.SQL("insert into {} ({}) values ({}) on conflict do nothing").format(
            sql.Identifier(schema, table), names(row), sql.SQL(", ").join(map(sql.Placeholder, row))
        ),
        row,
    )
