"""What a dataset is: how the payloads of one function of a source become rows of one table of silver."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import psycopg

from include.bronze.keys import BronzeKey
from include.silver.actions.listed import Lists
from include.silver.history import Restatement
from include.silver.normalize import NormalizedSeries
from include.silver.quarantine import Evidence, Rule
from include.silver.tables import Target
from include.sources import Source, SourceFunction

TICKERS_OF_SMALL_PAYLOADS = 25  # to a task: a free key's day


@dataclass(frozen=True)
class MergedSeries:
    """One symbol's rows as silver shall hold them after a payload.

    Shape:  rows (n, the table's columns); stored rows on `protected_dates` (None: on any date) stay although `rows`
            lack them.
    """

    payload: NormalizedSeries
    rows: pl.DataFrame
    restatement: Restatement | None = None
    protected_dates: tuple[date | None, ...] = ()


def merge_as_typed(taken: Sequence[Evidence]) -> list[MergedSeries]:
    """A payload that holds all there is to know: its rows are the table's rows.

    What it says of a day that cannot be believed leaves the stored day as it is.
    """
    payloads = [evidence.payload for evidence in taken]
    return [MergedSeries(payload, payload.rows, protected_dates=tuple(payload.rejected_dates)) for payload in payloads]


def no_history(connection: psycopg.Connection, schema: str, symbols: Sequence[str]) -> pl.DataFrame:
    """The history of a dataset whose payloads are judged and merged without one."""
    del connection, schema, symbols
    return pl.DataFrame(schema={"symbol": pl.String})


def no_lists(connection: psycopg.Connection, symbols: Sequence[str]) -> Mapping[str, Lists]:
    """The lists of a dataset that none decide."""
    del connection, symbols
    return {}


@dataclass(frozen=True)
class Closing:
    """How a table says that its newest row is open, by the columns of its flag and its day, and from when on it is not.

    Units:  `at` gives, for a symbol and a day, the moment from which on a payload closes that row; UTC.
    """

    flag: str
    day: str
    at: Callable[[str, date], datetime]


@dataclass(frozen=True)
class WholeHistory:
    """How a series is asked for whole, where the usual call brings its newest rows alone.

    Units:  `usual_rows` is how many rows the usual call brings.
    """

    function: SourceFunction
    usual_rows: int


@dataclass(frozen=True)
class Dataset:
    """A dataset of silver; each module of `silver/datasets` holds one.

    Shape:  `budget_rank` orders the datasets of a source: 1 is called first when calls are short. `read` is called with
            one payload, `type_all` with what `read` returned of several. `rules` judge a payload, given the symbol's
            rows of `read_history` and lists of actions of `read_lists`, after `prepare` computed for several what they
            look at; `merge` makes the rows of those that passed. `closing` where a row says that it is still open;
            `whole` where a call brings a part of the series. `tickers_per_task` above 1 where a task for each ticker
            would take longer to start than to run. `examine` finds, at a moment, what is odd about the stored series
            of some symbols: FINDINGS.
    Raises: `read` a ContractError when the payload is not as the dataset's contract says.
    """

    source: Source
    function: SourceFunction
    budget_rank: int
    table: Target
    read: Callable[[bytes, BronzeKey], Any]
    type_all: Callable[[Sequence[Any]], list[NormalizedSeries]]
    read_history: Callable[[psycopg.Connection, str, Sequence[str]], pl.DataFrame] = no_history
    read_lists: Callable[[psycopg.Connection, Sequence[str]], Mapping[str, Lists]] = no_lists
    prepare: Callable[[Sequence[Evidence]], Sequence[Evidence]] = tuple
    rules: tuple[Rule, ...] = ()
    merge: Callable[[Sequence[Evidence]], list[MergedSeries]] = merge_as_typed
    closing: Closing | None = None
    examine: Callable[[psycopg.Connection, Sequence[str], datetime], pl.DataFrame] | None = None
    whole: WholeHistory | None = None
    tickers_per_task: int = 1
