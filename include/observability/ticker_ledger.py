"""`ops.ticker_runs`: what a batch planned for each ticker and what became of it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import psycopg


class TickerStatus(StrEnum):
    """How far a ticker has come in a batch. The plan gives the first one; a test compares them with the database's."""

    PLANNED = "planned"  # to be fetched
    CURRENT = "current"  # the source cannot know more than silver holds
    REFUSED = "refused"  # the source does not know it, or the key's plan does not include it
    DEFERRED = "deferred"  # due, but beyond the budget of the day
    QUARANTINED = "quarantined"  # silver did not take in the newest payload; the source cannot know another one yet
    FETCHED = "fetched"  # its payload is in bronze and waits for silver
    UNCHANGED = "unchanged"  # the payload is the one that silver holds
    SKIPPED = "skipped"  # planned, but the budget closed before it was asked for
    LOADED = "loaded"
    FAILED = "failed"


# How the reason begins of a ticker that a task left on its way.
NOT_DONE = {TickerStatus.PLANNED: "", TickerStatus.FETCHED: "fetched, but not loaded: "}


class PlanLine(NamedTuple):
    """What the plan says of a ticker, when it goes on if not in this batch, and whether all of its series is asked for.

    `asks_whole` is None where a call brings all there is.
    """

    symbol: str
    status: TickerStatus
    reason: str
    next_attempt_at: datetime | None = None
    asks_whole: bool | None = None


@dataclass(frozen=True)
class TickerLedger:
    """The tickers of one batch and one function of the source."""

    connection: psycopg.Connection
    batch: str
    function: str

    def write_plan(self, plan: Iterable[PlanLine]) -> None:
        """Write one row per ticker; a plan made again replaces the first."""
        self.connection.execute(
            "delete from ops.ticker_runs where execution_batch_id = %s and function = %s", (self.batch, self.function)
        )
        statement = """
            copy ops.ticker_runs (execution_batch_id, function, symbol, status, reason, next_attempt_at, asks_whole)
            from stdin
        """
        with self.connection.cursor().copy(statement) as copy:
            for line in plan:
                copy.write_row((self.batch, self.function, *line))

    def set_status(
        self, symbol: str, status: TickerStatus, *, reason: str | None = None, bronze_key: str | None = None
    ) -> None:
        """Write down how far a ticker has come; committed at once, so that a killed worker leaves the truth."""
        with self.connection.transaction():
            self.connection.execute(
                """
                update ops.ticker_runs
                set status = %s, reason = %s, bronze_key = coalesce(%s, bronze_key), updated_at = now()
                where execution_batch_id = %s and function = %s and symbol = %s
                """,
                (status, reason, bronze_key, self.batch, self.function, symbol),
            )

    def asks_whole(self, symbol: str) -> bool:
        """Whether all of a ticker's series is to be asked for."""
        query = """
            select from ops.ticker_runs where execution_batch_id = %s and function = %s and symbol = %s and asks_whole
        """
        return self.connection.execute(query, (self.batch, self.function, symbol)).fetchone() is not None

    def ask_newest(self, symbol: str) -> None:
        """Of this ticker the newest rows alone are asked for after all: the key allows no more."""
        with self.connection.transaction():
            self.connection.execute(
                """
                update ops.ticker_runs set asks_whole = false, updated_at = now()
                where execution_batch_id = %s and function = %s and symbol = %s
                """,
                (self.batch, self.function, symbol),
            )

    @contextmanager
    def noting(self, kind: type[Exception], status: TickerStatus, symbols: Sequence[str]) -> Iterator[None]:
        """Where an error of a kind ends the block, write it down for those of the symbols that still have a status."""
        try:
            yield
        except kind as error:
            for symbol in self.with_status(status, symbols):
                self.set_status(symbol, status, reason=f"{NOT_DONE[status]}{error}")
            raise

    def skip_planned(self, symbols: Sequence[str], *, until: datetime | None, reason: str) -> None:
        """The budget is closed: those of the symbols that were not asked for yet go on at a later moment."""
        self.connection.execute(
            """
            update ops.ticker_runs set status = %s, reason = %s, next_attempt_at = %s, updated_at = now()
            where execution_batch_id = %s and function = %s and symbol = any(%s) and status = %s
            """,
            (TickerStatus.SKIPPED, reason, until, self.batch, self.function, list(symbols), TickerStatus.PLANNED),
        )

    def with_status(self, status: TickerStatus, among: Sequence[str]) -> list[str]:
        """Those of the symbols that have a status, in the order given."""
        rows = self.connection.execute(
            """
            select symbol from ops.ticker_runs
            where execution_batch_id = %s and function = %s and symbol = any(%s) and status = %s
            """,
            (self.batch, self.function, list(among), status),
        ).fetchall()
        found = {symbol for (symbol,) in rows}
        return [symbol for symbol in among if symbol in found]

    def count(self, status: TickerStatus) -> int:
        """How many tickers have a status."""
        row = self.connection.execute(
            "select count(*) from ops.ticker_runs where execution_batch_id = %s and function = %s and status = %s",
            (self.batch, self.function, status),
        ).fetchone()
        return row[0] if row else 0

    def fail_unfinished(self) -> None:
        """A ticker still on its way when the run reports has failed."""
        self.connection.execute(
            """
            update ops.ticker_runs
            set status = 'failed', reason = case status
                when 'fetched' then case when starts_with(reason, %s) then reason else %s end
                else coalesce(reason, 'its task ended without a word') end
            where execution_batch_id = %s and function = %s and status = any(%s)
            """,
            (
                NOT_DONE[TickerStatus.FETCHED],
                f"{NOT_DONE[TickerStatus.FETCHED]}see the log of the task that loads it",
                self.batch,
                self.function,
                list(NOT_DONE),
            ),
        )


def read_tickers(
    connection: psycopg.Connection, batch: str, *statuses: TickerStatus, limit: int | None = None
) -> list[tuple[str, str]]:
    """The tickers of a batch that have one of the statuses, by symbol, each with the reason."""
    return connection.execute(
        """
        select symbol, coalesce(reason, 'no reason recorded') from ops.ticker_runs
        where execution_batch_id = %s and status = any(%s) order by symbol limit %s
        """,
        (batch, list(statuses), limit),
    ).fetchall()


def read_next_full_pass(connection: psycopg.Connection, batch: str) -> datetime | None:
    """When the last of the tickers that had to wait goes on; None where none had to."""
    row = connection.execute(
        "select max(next_attempt_at) from ops.ticker_runs where execution_batch_id = %s and status = any(%s)",
        (batch, [TickerStatus.DEFERRED, TickerStatus.SKIPPED]),
    ).fetchone()
    return row[0] if row else None
