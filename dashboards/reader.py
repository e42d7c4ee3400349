"""Reads the warehouse as the role `reader`: Polars + ConnectorX over Arrow, safe to call for many viewers at once."""

import time
from collections.abc import Mapping, Sequence
from threading import BoundedSemaphore
from typing import LiteralString
from urllib.parse import quote, urlencode

import polars as pl
import psycopg
import streamlit as st
from polars.datatypes import DataType
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.types import TypeInfo

from include.errors import StocklakeError
from include.settings import conninfo_of, get_settings, parameters_of
from include.tickers import TICKER

# ConnectorX waits 30 seconds on a server that does not answer; a viewer does not.
PING_SECONDS = 2
# A page asks ten times in a row: a server that answered just now needs no further ping.
PING_HOLDS_SECONDS = 2.0
# The role has 20 connections (include/warehouse/readers.py); a page's reads take milliseconds and can queue.
READS_AT_ONCE = 8
STATEMENT_SECONDS = 20
# What was read stays true until the next publication, which is part of the key: this only frees memory.
CACHE_SECONDS = 3_600
CACHE_ENTRIES = 256
# Rows of the ledgers change while a run is in progress: they are cached for seconds only.
LEDGER_SECONDS = 15
LONGEST_SYMBOL = 32
# ConnectorX compares no certificate with the name of its server, and knows no more parameters than these.
CONNECTORX_KNOWS = {
    *("host", "port", "user", "password", "dbname"),
    *("options", "application_name", "connect_timeout", "sslmode"),
}
CONNECTORX_MODES = ("disable", "prefer", "require")
POLARS_TYPES: dict[str, DataType] = {
    "bool": pl.Boolean(),
    "int2": pl.Int16(),
    "int4": pl.Int32(),
    "int8": pl.Int64(),
    "float4": pl.Float32(),
    "float8": pl.Float64(),
    "numeric": pl.Decimal(38, 10),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "timestamptz": pl.Datetime("us", "UTC"),
}

_reads = BoundedSemaphore(READS_AT_ONCE)
_answered_at: dict[str, float] = {}


class WarehouseDown(StocklakeError):
    """Postgres does not answer, or does not let the pages in."""


class WarehouseUnreadable(StocklakeError):
    """Postgres answers, but not this question: a table is missing or a statement took too long."""


def checked(symbols: Sequence[str]) -> list[str]:
    """The symbols, sorted.

    Raises: ValueError when one of them cannot be a symbol: it must not even be quoted.
    """
    wrong = [symbol for symbol in symbols if len(symbol) > LONGEST_SYMBOL or not TICKER.fullmatch(symbol)]
    if wrong:
        raise ValueError(f"no symbol of a stock: {wrong[0]!r}")
    return sorted(symbols)


def read(statement: LiteralString, **values: object) -> pl.DataFrame:
    """Run one query now; `{name}` in it stands for a value.

    Raises: WarehouseDown, WarehouseUnreadable.
    """
    return _read(get_settings().warehouse.reader_url, _render(statement, values))


def read_published(statement: LiteralString, *, version: str, **values: object) -> pl.DataFrame:
    """Run one query, or remember its answer: `version` names the publication it belongs to.

    Raises: WarehouseDown, WarehouseUnreadable.
    """
    return _read_once(get_settings().warehouse.reader_url, _render(statement, values), version)


def read_ledger(statement: LiteralString, **values: object) -> pl.DataFrame:
    """Run one query on what changes between publications, or remember its answer for some seconds.

    Raises: WarehouseDown, WarehouseUnreadable.
    """
    return _read_lately(get_settings().warehouse.reader_url, _render(statement, values))


def _render(statement: LiteralString, values: Mapping[str, object]) -> str:
    # As literals: ConnectorX has no bind parameters.
    return sql.SQL(statement).format(**{name: sql.Literal(value) for name, value in values.items()}).as_string()


@st.cache_data(ttl=CACHE_SECONDS, max_entries=CACHE_ENTRIES, show_spinner="Reading the warehouse …")
def _read_once(url: str, statement: str, version: str) -> pl.DataFrame:  # noqa: ARG001 - version only keys the cache
    return _read(url, statement)


@st.cache_data(ttl=LEDGER_SECONDS, max_entries=CACHE_ENTRIES, show_spinner="Reading the ledgers …")
def _read_lately(url: str, statement: str) -> pl.DataFrame:
    return _read(url, statement)


def _read(url: str, statement: str) -> pl.DataFrame:
    with _reads:
        _ping(url)
        options = f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC -c jit=off"  # compiling takes longer
        parameters = parameters_of(url, options=options, application_name="stocklake-dashboard")
        understood = parameters.keys() <= CONNECTORX_KNOWS and parameters.get("sslmode", "prefer") in CONNECTORX_MODES
        return (_read_as_arrow if understood else _read_as_rows)(parameters, statement)


def _ping(url: str) -> None:
    if time.monotonic() - _answered_at.get(url, -PING_HOLDS_SECONDS) < PING_HOLDS_SECONDS:
        return
    try:
        psycopg.connect(conninfo_of(url, connect_timeout=str(PING_SECONDS))).close()
    except psycopg.OperationalError as error:
        raise WarehouseDown(str(error)) from error
    _answered_at[url] = time.monotonic()


def _read_as_arrow(parameters: Mapping[str, str], statement: str) -> pl.DataFrame:
    try:
        url = f"postgresql://?{urlencode(parameters, quote_via=quote)}"
        return pl.read_database_uri(statement, url, engine="connectorx")
    except RuntimeError as error:  # the only class ConnectorX raises
        raise WarehouseUnreadable(str(error).removeprefix("db error: ")) from error


def _read_as_rows(parameters: Mapping[str, str], statement: str) -> pl.DataFrame:
    # Slower, and the same frame: its columns are typed as ConnectorX types them.
    try:
        with psycopg.connect(make_conninfo(**parameters)) as connection:
            cursor = connection.execute(statement.encode())
            known = connection.adapters.types
            schema = {
                column.name: _polars_type(known.get(column.type_code), column) for column in cursor.description or ()
            }
            return pl.DataFrame(cursor.fetchall(), schema, orient="row")
    except psycopg.Error as error:
        raise WarehouseUnreadable(str(error)) from error


def _polars_type(known: TypeInfo | None, column: psycopg.Column) -> DataType:
    one: DataType = POLARS_TYPES.get(known.name, pl.String()) if known else pl.String()
    return pl.List(one) if known and column.type_code == known.array_oid else one
