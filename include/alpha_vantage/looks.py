"""What is known of earlier looks at each series: from the ledger, and from the lake where the ledger is gone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from include.alpha_vantage.functions import Function
from include.alpha_vantage.planner import Look

ANSWERED = "answered"
IN_FLIGHT = "in flight"
# Outcomes after which asking again soon is a wasted credit.
REFUSALS = ("InvalidCall", "PremiumEndpoint", "EmptyAnswer", "WrongSymbol")


def read_looks(
    connection: psycopg.Connection,
    function: Function,
    symbols: Sequence[str],
    newest_in_bronze: Mapping[str, tuple[datetime, str]],
) -> dict[str, Look]:
    """Put together, for each symbol, when it was answered and refused last, and whether silver lacks its answer.

    `newest_in_bronze` holds, for symbols that `symbols_to_list` named, when the newest object was fetched and its key.
    Units:  moments by the market's clock.
    """
    called = dict(_newest_calls(connection, function, symbols))
    closed = dict(_newest_closed_weeks(connection, symbols)) if function is Function.WEEKLY_ADJUSTED else {}
    loaded = dict(_newest_loaded(connection, function, symbols))
    looks = {}
    for symbol in symbols:
        asked_at, answered_at, refused_at, key = called.get(symbol, (None, None, None, None))
        if symbol in newest_in_bronze:
            fetched_at, key = newest_in_bronze[symbol]
            answered_at = max(answered_at or fetched_at, fetched_at)
        is_waiting = key is not None and loaded.get(symbol, "") < key
        looks[symbol] = Look(answered_at, refused_at, asked_at, closed.get(symbol), is_waiting)
    return looks


@dataclass(frozen=True)
class Call:
    """A credit of the ledger: when it was spent, by the market's clock, and what it bought."""

    call_id: int
    market_at: datetime
    outcome: str
    bronze_key: str | None


def read_last_call(connection: psycopg.Connection, function: str, symbol: str, batch: str) -> Call | None:
    """The newest call of a batch for a ticker."""
    cursor = connection.cursor(row_factory=class_row(Call))
    return cursor.execute(
        """
        select call_id, market_at, outcome, bronze_key from ops.api_calls
        where function = %s and symbol = %s and execution_batch_id = %s
        order by call_id desc limit 1
        """,
        (function, symbol, batch),
    ).fetchone()


def count_credits(connection: psycopg.Connection, function: Function, symbol: str, batch: str) -> int:
    """How many credits a batch has spent on a ticker."""
    row = connection.execute(
        "select count(*) from ops.api_calls where function = %s and symbol = %s and execution_batch_id = %s",
        (function, symbol, batch),
    ).fetchone()
    return row[0] if row else 0


def symbols_to_list(connection: psycopg.Connection, function: Function, symbols: Sequence[str]) -> list[str]:
    """The symbols of which the ledger cannot say what the lake holds: never answered, or cut off in a call."""
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


def _newest_calls(
    connection: psycopg.Connection, function: Function, symbols: Sequence[str]
) -> Iterator[tuple[str, tuple[datetime | None, datetime | None, datetime | None, str | None]]]:
    rows = connection.execute(
        """
        select
            symbol,
            max(market_at),
            max(market_at) filter (where outcome = %(answered)s),
            max(market_at) filter (where outcome = any(%(refusals)s)),
            max(bronze_key) filter (where outcome = %(answered)s)
        from ops.api_calls where function = %(function)s and symbol = any(%(symbols)s) group by symbol
        """,
        {"answered": ANSWERED, "refusals": list(REFUSALS), "function": function, "symbols": list(symbols)},
    )
    for symbol, asked_at, answered_at, refused_at, key in rows:
        is_refused = refused_at is not None and (answered_at is None or refused_at > answered_at)
        yield symbol, (asked_at, answered_at, refused_at if is_refused else None, key)


def _newest_loaded(connection: psycopg.Connection, function: Function, symbols: Sequence[str]) -> list[tuple[str, str]]:
    return connection.execute(
        """
        select symbol, max(bronze_key) from silver.loaded_answers
        where function = %s and symbol = any(%s) group by symbol
        """,
        (function, list(symbols)),
    ).fetchall()


def _newest_closed_weeks(connection: psycopg.Connection, symbols: Sequence[str]) -> list[tuple[str, date]]:
    return connection.execute(
        """
        select symbol, max(week_ending) from silver.weekly_adjusted_prices
        where symbol = any(%s) and is_complete_week group by symbol
        """,
        (list(symbols),),
    ).fetchall()
