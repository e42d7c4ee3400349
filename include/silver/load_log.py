"""The load log of silver: of each payload its row counts, what it rejected, the history it rewrote."""

from collections import Counter
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from include.bronze.keys import BronzeKey
from include.silver.dataset import MergedSeries
from include.silver.normalize import NormalizedSeries
from include.silver.tables import names

TABLES = ("loaded_payloads", "rejected_rows", "restatements")


def record_payload(
    connection: psycopg.Connection, schema: str, batch: str, merged: MergedSeries, done: Counter[str]
) -> None:
    """Write down a payload's counts, what it rejected and the history it rewrote; in the load's transaction."""
    series = merged.payload
    kept = done["inserted"] + done["updated"] + done["unchanged"] - done["retained"]
    counts: dict[str, object] = {
        "rows_received": series.received,
        "rows_kept": kept,
        # If part of a week is garbled, the week held before is kept and the good rows count as combined.
        "rows_combined": series.received - kept - series.rejected_rows,
        "rows_rejected": series.rejected_rows,
        **{f"rows_{what}": done[what] for what in ("inserted", "updated", "deleted", "unchanged")},
    }
    origin = _origin(series.key, batch)
    _insert(connection, schema, "loaded_payloads", [origin | {"function": series.key.function} | counts])
    record_rejected(connection, schema, batch, series)
    if merged.restatement:
        known_at = {"known_at": series.key.fetched_at}
        _insert(connection, schema, "restatements", [origin | known_at | vars(merged.restatement)])


def record_rejected(connection: psycopg.Connection, schema: str, batch: str, series: NormalizedSeries) -> None:
    """Write the rows and fields of a payload that could not be believed, with their raw text."""
    origin = _origin(series.key, batch) | {"function": series.key.function}
    _insert(connection, schema, "rejected_rows", [origin | row for row in series.rejected.iter_rows(named=True)])


def read_newest_loaded(
    connection: psycopg.Connection, schema: str, function: str, symbols: Sequence[str]
) -> dict[str, str]:
    """By symbol, the key of the newest object of its series that silver, or one built beside it, has taken in."""
    query = sql.SQL("select symbol, max(bronze_key) from {} where function = %s and symbol = any(%s) group by symbol")
    return dict(
        connection.execute(
            query.format(sql.Identifier(schema, "loaded_payloads")), (function, list(symbols))
        ).fetchall()
    )


def _origin(key: BronzeKey, batch: str) -> dict[str, object]:
    return {"bronze_key": str(key), "symbol": key.symbol, "execution_batch_id": batch}


def _insert(connection: psycopg.Connection, schema: str, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        statement = sql.SQL("insert into {} ({}) values ({}) on conflict do nothing").format(
            sql.Identifier(schema, table), names(rows[0]), sql.SQL(", ").join(map(sql.Placeholder, rows[0]))
        )
        connection.cursor().executemany(statement, rows)
