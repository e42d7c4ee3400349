"""The quota ledger: one API budget for every task, process and machine, kept in Postgres.

A credit is written down *before* its call starts, so that a worker that dies has still paid. Calls are spaced evenly:
60 ÷ n seconds apart, never in bursts. Credits run on the wall clock, whatever market they buy.
"""

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from include.alpha_vantage.calls import IN_FLIGHT
from include.alpha_vantage.functions import Function
from include.errors import QuotaSpent, Throttled
from include.settings import Settings

LONGEST_SLEEP_SECONDS = 5.0  # a longer wait gives the worker's slot back
BUDGET_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Credit:
    """The right to one call: its row in the ledger, and how long to wait before it."""

    call_id: int
    wait_seconds: float


def credits_left(connection: psycopg.Connection, settings: Settings) -> int:
    """How many calls today's budget still allows; 0 while the source says that it is spent."""
    row = connection.execute(
        """
        select
            coalesce((select closed_until > clock_timestamp() from ops.api_pace), false),
            count(*)
        from ops.api_calls
        where called_at > clock_timestamp() - %s
        """,
        (BUDGET_WINDOW,),
    ).fetchone()
    is_closed, spent = row or (False, 0)
    return 0 if is_closed else max(settings.source.requests_per_day - spent, 0)


def take_credit(
    connection: psycopg.Connection,
    settings: Settings,
    function: Function,
    symbol: str,
    *,
    batch: str,
    market_at: datetime,
) -> Credit:
    """Reserve the next free moment and write the credit down.

    Raises: QuotaSpent when no credit is left; Throttled when the next moment is more than five seconds away.
    """
    with connection.transaction():
        wait = _lock_and_read_wait(connection)
        if credits_left(connection, settings) == 0:
            raise QuotaSpent(
                f"{symbol}: the {settings.source.requests_per_day} requests of the last 24 hours are spent"
            )
        if wait > LONGEST_SLEEP_SECONDS:
            # Who comes back first gets the moment: the others are spread over those that follow it.
            spread = random.uniform(0, _waiting(connection, function, batch) * 60 / settings.source.requests_per_minute)  # noqa: S311 no secret
            raise Throttled(f"{symbol}: the next call may start in {wait:.0f} s", retry_after=wait + spread)
        connection.execute(
            "update ops.api_pace set next_call_at = greatest(next_call_at, clock_timestamp()) + %s",
            (timedelta(minutes=1) / settings.source.requests_per_minute,),
        )
        row = connection.execute(
            """
            insert into ops.api_calls (market_at, function, symbol, outcome, execution_batch_id)
            values (%s, %s, %s, %s, %s) returning call_id
            """,
            (market_at, function, symbol, IN_FLIGHT, batch),
        ).fetchone()
    if row is None:
        raise psycopg.DataError("ops.api_calls gave no call_id back")
    return Credit(row[0], wait)


def wait_for(credit: Credit) -> None:
    """Sleep until the credit's moment has come; outside of any transaction."""
    time.sleep(credit.wait_seconds)


def settle_credit(
    connection: psycopg.Connection,
    credit: Credit,
    *,
    outcome: str,
    seconds: float | None,
    message: str | None = None,
    size: int | None = None,
    bronze_key: str | None = None,
) -> None:
    """Write down what the credit bought.

    Units:  `seconds` on the wall, null where nobody measured; `size` in bytes of the decompressed body.
    """
    with connection.transaction():
        connection.execute(
            """
            update ops.api_calls
            set outcome = %s, message = %s, bytes = %s, seconds = %s, bronze_key = %s
            where call_id = %s
            """,
            (outcome, message, size, seconds, bronze_key, credit.call_id),
        )


def slow_down(connection: psycopg.Connection, *, seconds: float) -> None:
    """Keep every worker from calling for a while: the source has throttled one of them."""
    with connection.transaction():
        _lock_and_read_wait(connection)
        connection.execute(
            "update ops.api_pace set next_call_at = greatest(next_call_at, clock_timestamp() + %s)",
            (timedelta(seconds=seconds),),
        )


def close_budget(connection: psycopg.Connection) -> None:
    """Believe the source that the day is spent, whatever the ledger counted, until the oldest credit is a day old."""
    with connection.transaction():
        _lock_and_read_wait(connection)
        connection.execute(
            """
            update ops.api_pace
            set closed_until = %s + coalesce(
                (select min(called_at) from ops.api_calls where called_at > clock_timestamp() - %s),
                clock_timestamp()
            )
            """,
            (BUDGET_WINDOW, BUDGET_WINDOW),
        )


def _waiting(connection: psycopg.Connection, function: Function, batch: str) -> int:
    row = connection.execute(
        "select count(*) from ops.ticker_runs where execution_batch_id = %s and function = %s and status = 'planned'",
        (batch, function),
    ).fetchone()
    return row[0] if row else 0


def _lock_and_read_wait(connection: psycopg.Connection) -> float:
    connection.execute("insert into ops.api_pace (next_call_at) values (clock_timestamp()) on conflict do nothing")
    row = connection.execute(
        """
        select greatest(extract(epoch from next_call_at - clock_timestamp()), 0)::double precision
        from ops.api_pace for update
        """
    ).fetchone()
    return row[0] if row else 0.0
