"""What the ledger of credits knows of earlier calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from include.errors import MEANS, SourceError, kinds_of

ANSWERED = "answered"
IN_FLIGHT = "in flight"
NOTHING_KNOWN = "NothingKnown"  # the source answered, with no facts: like data, it stays true for a while
# Outcomes after which asking again soon is a wasted credit.
REFUSALS = tuple(kind.__name__ for kind in kinds_of(SourceError) if kind.blocks_ticker)


@dataclass(frozen=True)
class Call:
    """A credit of the ledger: when it was spent, by the market's clock, and what it bought."""

    call_id: int
    market_at: datetime
    outcome: str
    bronze_key: str | None
    message: str | None


def read_last_call(connection: psycopg.Connection, function: str, symbol: str, batch: str) -> Call | None:
    """The newest call of a batch for a ticker."""
    cursor = connection.cursor(row_factory=class_row(Call))
    return cursor.execute(
        """
        select call_id, market_at, outcome, bronze_key, message from ops.api_calls
        where function = %s and symbol = %s and execution_batch_id = %s
        order by call_id desc limit 1
        """,
        (function, symbol, batch),
    ).fetchone()


def count_credits(connection: psycopg.Connection, function: str, symbol: str, batch: str) -> int:
    """How many credits a batch has spent on a ticker."""
    row = connection.execute(
        "select count(*) from ops.api_calls where function = %s and symbol = %s and execution_batch_id = %s",
        (function, symbol, batch),
    ).fetchone()
    return row[0] if row else 0


def find_unknown_to_ledger(connection: psycopg.Connection, function: str, symbols: Sequence[str]) -> list[str]:
    """Symbols whose newest object is unknown to the ledger: never fetched, or the last call was interrupted."""
    rows = connection.execute(
        """
        select s.symbol from unnest(%s::text[]) as s (symbol)
        left join lateral (
            select outcome from ops.api_calls as call
            where call.function = %s and call.symbol = s.symbol and outcome = any(%s)
            order by called_at desc limit 1
        ) as newest on true
        where newest.outcome is distinct from %s
        """,
        (list(symbols), function, [ANSWERED, IN_FLIGHT], ANSWERED),
    )
    return [symbol for (symbol,) in rows]


def read_unknown(connection: psycopg.Connection, batch: str) -> list[str]:
    """The symbols that a batch asked for and of which the source knows nothing."""
    rows = connection.execute(
        """
        select symbol from ops.api_calls
        where execution_batch_id = %s and outcome = %s order by symbol
        """,
        (batch, NOTHING_KNOWN),
    ).fetchall()
    return [symbol for (symbol,) in rows]


@dataclass(frozen=True)
class NewestCalls:
    """When a series was asked for, answered and refused (and why) last, by the market's clock; its payload's key."""

    asked_at: datetime | None = None
    answered_at: datetime | None = None
    refused_at: datetime | None = None
    refusal: str = ""
    bronze_key: str | None = None


def read_newest_calls(connection: psycopg.Connection, function: str, symbols: Sequence[str]) -> dict[str, NewestCalls]:
    """Read by symbol what became of its newest calls; a refusal counts until the series is answered again."""
    rows = connection.execute(
        """
        select
            symbol,
            max(market_at),
            max(market_at) filter (where outcome = any(%(payloads)s)),
            max(market_at) filter (where outcome = any(%(refusals)s)),
            (array_agg(outcome order by call_id desc) filter (where outcome = any(%(refusals)s)))[1],
            (array_agg(message order by call_id desc) filter (where outcome = any(%(refusals)s)))[1],
            max(bronze_key) filter (where outcome = %(answered)s)
        from ops.api_calls where function = %(function)s and symbol = any(%(symbols)s) group by symbol
        """,
        {
            "answered": ANSWERED,
            "payloads": [ANSWERED, NOTHING_KNOWN],
            "refusals": list(REFUSALS),
            "function": function,
            "symbols": list(symbols),
        },
    )
    calls = {}
    for symbol, asked_at, answered_at, refused_at, outcome, message, key in rows:
        is_refused = refused_at is not None and (answered_at is None or refused_at > answered_at)
        refusal = explain_outcome(outcome, message or "", symbol) if is_refused else ""
        calls[symbol] = NewestCalls(asked_at, answered_at, refused_at if is_refused else None, refusal, key)
    return calls


def explain_outcome(outcome: str, message: str, symbol: str) -> str:
    """What an error of the source means in our words, then its own, without the ticker in front."""
    return f"{MEANS[outcome]}: {message.removeprefix(f'{symbol}: ')}"
