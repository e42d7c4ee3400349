"""Reads the warehouse as the role `reader`: Polars + ConnectorX over Arrow, safe to call for many viewers at once."""

import time
from collections.abc import Mapping, Sequence
from threading import BoundedSemaphore
from typing import LiteralString
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import polars as pl
import psycopg
import streamlit as st
from psycopg import sql

from include.errors import StocklakeError
from include.settings import get_settings
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
        try:
            return pl.read_database_uri(statement, _with_limits(url), engine="connectorx")
        except RuntimeError as error:  # the only class ConnectorX raises
            raise WarehouseUnreadable(str(error).removeprefix("db error: ")) from error


def _ping(url: str) -> None:
    if time.monotonic() - _answered_at.get(url, -PING_HOLDS_SECONDS) < PING_HOLDS_SECONDS:
        return
    try:
        psycopg.connect(url, connect_timeout=PING_SECONDS).close()
    except psycopg.OperationalError as error:
        raise WarehouseDown(str(error)) from error
    _answered_at[url] = time.monotonic()


def _with_limits(url: str) -> str:
    parts = urlsplit(url)
    # Compiling a statement takes longer than these take to run.
    options = f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC -c jit=off"
    query = dict(parse_qsl(parts.query)) | {"options": options, "application_name": "stocklake-dashboard"}
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
