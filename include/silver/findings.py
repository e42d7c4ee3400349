"""What is odd about a series, for people to look at: `ops.findings`. A finding warns, it holds nothing back."""

from collections.abc import Sequence

import polars as pl
import psycopg
from psycopg import sql

from include.warehouse.frames import write_frame

INFO, UNUSUAL, EXTREME = "info", "unusual", "extreme"
FINDINGS = pl.Schema(
    {
        "symbol": pl.String,
        "check_name": pl.String,
        "level": pl.String,
        "first_session": pl.Date,
        "last_session": pl.Date,
        "value": pl.Float64,
        "bound": pl.Float64,
        "words": pl.String,
    }
)


def replace_findings(
    connection: psycopg.Connection, function: str, symbols: Sequence[str], found: pl.DataFrame, batch: str
) -> None:
    """Write what a batch found in some symbols in the place of what an earlier one did.

    Shape:  found (n, as FINDINGS), of these symbols alone.
    """
    written = found.select(*FINDINGS, function=pl.lit(function), execution_batch_id=pl.lit(batch))
    with connection.transaction():
        connection.execute("lock table ops.findings in share row exclusive mode")  # runs of lists write them, too
        connection.execute(
            "delete from ops.findings where function = %s and symbol = any(%s)", (function, list(symbols))
        )
        write_frame(connection, sql.Identifier("ops", "findings"), written)
