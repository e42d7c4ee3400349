"""Lists of splits and dividends: what is asked for, where silver holds them, and the newest, which decide a series."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
import psycopg
from psycopg import sql

from include.alpha_vantage.functions import AlphaVantageFunction
from include.bronze.keys import parse_key
from include.silver.actions.listed import Lists
from include.silver.dataset import Dataset
from include.silver.load_log import read_newest_loaded
from include.silver.normalize import NormalizedSeries
from include.silver.schema import EXACT
from include.silver.tables import SILVER, Target, names
from include.sources import Cadence

SPLITS, DIVIDENDS = (
    AlphaVantageFunction(name, Cadence.ACTION, data_field="data", symbol_path=("symbol",), is_empty_data=True)
    for name in ("SPLITS", "DIVIDENDS")
)
DAYS = ("declaration_date", "record_date", "payment_date")
KEY = ("symbol", "ex_date")
SPLITS_TABLE = Target("splits", KEY, ("split_to", "split_from", "listed_factor"), is_whole=True)
DIVIDENDS_TABLE = Target("dividends", KEY, ("amount", *DAYS), is_whole=True)
COLUMNS = pl.Schema((("split_to", pl.Int64()), ("split_from", pl.Int64()), ("listed_factor", EXACT), ("amount", EXACT)))


def read_lists(connection: psycopg.Connection, symbols: Sequence[str]) -> Mapping[str, Lists]:
    """By symbol, the lists as they stand in silver; of a symbol that was never asked for, none."""
    fetched = read_newest_loaded(connection, SILVER, SPLITS.name, symbols)
    splits, dividends = (_read(connection, table, symbols) for table in (SPLITS_TABLE, DIVIDENDS_TABLE))
    return {
        symbol: Lists(splits.get(symbol), _day_of(fetched.get(symbol)), dividends.get(symbol))
        for symbol in {*fetched, *dividends}
    }


def note_lists(connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str]) -> None:
    """Write down that the series of some symbols rest on the lists of now; nothing of a dataset that none decide."""
    if dataset.read_lists is not read_lists:
        return
    connection.execute(
        """
        insert into ops.decided_series (symbol, splits_key, dividends_key)
        select
            symbol,
            max(bronze_key) filter (where function = %(splits)s),
            max(bronze_key) filter (where function = %(dividends)s)
        from silver.loaded_payloads
        where symbol = any(%(symbols)s) and function in (%(splits)s, %(dividends)s) group by symbol
        on conflict (symbol) do update set splits_key = excluded.splits_key, dividends_key = excluded.dividends_key
        """,
        {"symbols": list(symbols), "splits": SPLITS.name, "dividends": DIVIDENDS.name},
    )


def lists_of(splits: NormalizedSeries | None, dividends: NormalizedSeries | None) -> Lists:
    """Two payloads as the lists of their symbol; None where there is none."""
    return Lists(
        splits.rows if splits else None,
        splits.key.fetched_at.date() if splits else None,
        dividends.rows if dividends else None,
    )


def _day_of(key: str | None) -> date | None:
    return parse_key(key).fetched_at.date() if key else None


def _read(connection: psycopg.Connection, table: Target, symbols: Sequence[str]) -> dict[str, pl.DataFrame]:
    columns = [name for name in table.columns if name in COLUMNS]
    query = sql.SQL("select symbol, ex_date, {} from {} where symbol = any(%s) order by symbol, ex_date").format(
        names(columns), sql.Identifier(SILVER, table.name)
    )
    schema = {"symbol": pl.String(), "ex_date": pl.Date()} | {name: COLUMNS[name] for name in columns}
    rows = pl.DataFrame(connection.execute(query, (list(symbols),)).fetchall(), schema=schema, orient="row")
    return {str(symbol): own for (symbol,), own in rows.group_by("symbol", maintain_order=True)}
