"""The weekly series as silver holds them, read back."""

from collections.abc import Sequence

import polars as pl
import psycopg
from psycopg import sql

from include.silver.tables import Target, names
from include.silver.weeks import WEEKLY_COLUMNS
from include.warehouse.frames import read_frame

TABLE = Target("weekly_adjusted_prices", ("symbol", "week_ending"), tuple(WEEKLY_COLUMNS))
# As Postgres writes them: a flag is the text t or f.
STORED_WEEKS = pl.Schema(
    {"symbol": pl.String, "week_ending": pl.Date}
    | {name: pl.String if dtype == pl.Boolean else dtype for name, dtype in WEEKLY_COLUMNS.items()}
)
FLAGS = pl.selectors.starts_with("is_", "has_")


def read_stored_weeks(connection: psycopg.Connection, schema: str, symbols: Sequence[str]) -> pl.DataFrame:
    """Read the stored weekly series of some symbols.

    Shape:  (n, symbol, week_ending and WEEKLY_COLUMNS), sorted by key; decimals with ten places.
    """
    query = sql.SQL("select {} from {} where symbol = any({}) order by symbol, week_ending").format(
        names(TABLE.content), sql.Identifier(schema, TABLE.name), sql.Literal(list(symbols))
    )
    return _with_flags(read_frame(connection, query, STORED_WEEKS))


def no_stored_weeks() -> pl.DataFrame:
    """What `read_stored_weeks` reads of a symbol that silver does not have."""
    return _with_flags(STORED_WEEKS.to_frame())


def _with_flags(weeks: pl.DataFrame) -> pl.DataFrame:
    return weeks.with_columns(FLAGS == "t")
