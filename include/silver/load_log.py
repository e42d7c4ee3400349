"""What silver remembers of each answer: its row counts, what it rejected, the history it rewrote."""

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
) -> None:
    """Write what is kept about an answer: its counts and what it rejected; in the load's transaction."""
    kept = done["inserted"] + done["updated"] + done["unchanged"] - done["carried"]
    counts: dict[str, object] = {
        "rows_received": series.received,
        "rows_kept": kept,
        # If part of a week is garbled, the week held before is kept and the good rows count as combined.
        "rows_combined": series.received - kept - series.rejected_rows,
        "rows_rejected": series.rejected_rows,
        "rows_inserted": done["inserted"],
        "rows_updated": done["updated"],
        "rows_deleted": done["deleted"],
        "rows_unchanged": done["unchanged"],
    }
    answer = _origin(key, batch) | counts
    connection.execute(_insert_into(schema, "loaded_answers", answer), answer)
    record_rejected(connection, schema, batch, key, series)


def record_rejected(
    connection: psycopg.Connection, schema: str, batch: str, key: BronzeKey, series: NormalizedSeries
) -> None:
    """Write the rows and fields of an answer that could not be believed, with their raw text."""
    rejected = [_origin(key, batch) | row for row in series.rejected.iter_rows(named=True)]
    if rejected:
        connection.cursor().executemany(_insert_into(schema, "rejected_rows", rejected[0]), rejected)


def record_restatement(
    connection: psycopg.Connection, schema: str, batch: str, key: BronzeKey, restatement: Restatement
) -> None:
    """Write down how an answer rewrote the history; in the load's transaction."""
    origin = {"bronze_key": str(key), "symbol": key.symbol, "execution_batch_id": batch, "known_at": key.fetched_at}
    row = origin | vars(restatement)
    connection.execute(_insert_into(schema, "restatements", row), row)


def read_newest_loaded(
    connection: psycopg.Connection, schema: str, function: Function, symbols: Sequence[str]
) -> dict[str, str]:
    """By symbol, the key of the newest object of its series that silver, or one built beside it, has taken in."""
    query = sql.SQL("select symbol, max(bronze_key) from {} where function = %s and symbol = any(%s) group by symbol")
    return dict(
        connection.execute(query.format(sql.Identifier(schema, "loaded_answers")), (function, list(symbols))).fetchall()
    )


def _origin(key: BronzeKey, batch: str) -> dict[str, object]:
    return {
        "bronze_key": str(key),
        "symbol": key.symbol,
        "execution_batch_id": batch,
        "function": str(key.function),
    }


def _insert_into(schema: str, table: str, row: Mapping[str, object]) -> sql.Composed:
    return sql.SQL("insert into {} ({}) values ({}) on conflict do nothing").format(
        sql.Identifier(schema, table), names(row), sql.SQL(", ").join(map(sql.Placeholder, row))
    )
