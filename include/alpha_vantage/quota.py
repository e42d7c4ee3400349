"""The quota ledger: one budget of API calls per source for every task, process and machine, kept in Postgres.

A credit is written down *before* its call starts, so that a worker that dies has still paid. Calls are spaced evenly:
60 ÷ n seconds apart, never in bursts. Credits run on the wall clock, whatever market they buy.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from include.alpha_vantage.calls import IN_FLIGHT
from include.errors import QuotaSpent, Throttled
from include.sources import CallBudget

LONGEST_SLEEP_SECONDS = 5.0  # a longer wait gives the worker's slot back
BUDGET_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Credit:
    """The right to one call: its row in the ledger, and how long to wait before it."""

    call_id: int
    wait_seconds: float


def credits_left(connection: psycopg.Connection, budget: CallBudget) -> int:
    """How many calls today's budget still allows; 0 while the source says that it is spent."""
    row = connection.execute(
        """
        select
            coalesce((select closed_until > clock_timestamp() from ops.api_pace where source = %(source)s), false),
            count(*)
        from ops.api_calls
        where source = %(source)s and called_at > clock_timestamp() - %(window)s
        """,
        {"source": budget.source, "window": BUDGET_WINDOW},
    ).fetchone()
    is_closed, spent = row or (False, 0)
    return 0 if is_closed else max(budget.calls_per_day - spent, 0)


def reopens_at(connection: psycopg.Connection, source: str) -> datetime | None:
    """When a spent budget allows a call again: when the source said so, else when the oldest credit is a day old."""
    row = connection.execute(
        """
        select coalesce(
            (select closed_until from ops.api_pace where source = %(source)s and closed_until > now()),
            (
                select min(called_at) + %(window)s from ops.api_calls
                where source = %(source)s and called_at > now() - %(window)s
            )
        )
        """,
        {"source": source, "window": BUDGET_WINDOW},
    ).fetchone()
    return row[0] if row else None


def take_credit(
    connection: psycopg.Connection,
    budget: CallBudget,
    function: str,
    symbol: str,
    *,
    batch: str,
    market_at: datetime,
    count_waiting: Callable[[], int] = lambda: 0,
) -> Credit:
    """Reserve the next free moment and write the credit down.

    `count_waiting` counts the tickers of the queue, this one included; it is asked only when the ticker is throttled,
    which then retries after a random wait, up to the time that the whole queue needs.

    Raises: QuotaSpent when no credit is left; Throttled when the next moment is more than five seconds away.
    """
    with connection.transaction():
        wait = _lock_and_read_wait(connection, budget.source)
        if credits_left(connection, budget) == 0:
            raise QuotaSpent(f"{symbol}: the {budget.calls_per_day} requests of the last 24 hours are spent")
        if wait > LONGEST_SLEEP_SECONDS:
            # Jitter over the whole queue, so that the waiting tasks do not all retry in the same second.
            jitter = random.uniform(0, count_waiting() * 60 / budget.calls_per_minute)  # noqa: S311 no secret
            raise Throttled(f"{symbol}: the next call may start in {wait:.0f} s", retry_after=wait + jitter)
        connection.execute(
            """
            update ops.api_pace set next_call_at = greatest(next_call_at, clock_timestamp()) + %s where source = %s
            """,
            (timedelta(minutes=1) / budget.calls_per_minute, budget.source),
        )
        row = connection.execute(
            """
            insert into ops.api_calls (market_at, source, function, symbol, outcome, execution_batch_id)
            values (%s, %s, %s, %s, %s, %s) returning call_id
            """,
            (market_at, budget.source, function, symbol, IN_FLIGHT, batch),
        ).fetchone()
    if row is None:
        raise psycopg.DataError("ops.api_calls gave no call_id back")
    return Credit(row[0], wait)


def settle_credit(
    connection: psycopg.Connection,
    call_id: int,
    *,
    outcome: str,
    seconds: float | None,
    message: str | None = None,
    size: int | None = None,
    bronze_key: str | None = None,
) -> None:
    """Write down what a credit bought.

    Units:  `seconds` on the wall, null where nobody measured; `size` in bytes of the decompressed body.
    """
    with connection.transaction():
        connection.execute(
            """
            update ops.api_calls
            set outcome = %s, message = %s, bytes = %s, seconds = %s, bronze_key = %s
            where call_id = %s
            """,
            (outcome, message, size, seconds, bronze_key, call_id),
        )


def slow_down(connection: psycopg.Connection, source: str, *, seconds: float) -> None:
    """Keep every worker from calling for a while: the source has throttled one of them."""
    with connection.transaction():
        _lock_and_read_wait(connection, source)
        connection.execute(
            """
            update ops.api_pace set next_call_at = greatest(next_call_at, clock_timestamp() + %s) where source = %s
            """,
            (timedelta(seconds=seconds), source),
        )


def close_budget(connection: psycopg.Connection, source: str) -> None:
    """Believe the source that the day is spent, whatever the ledger counted, until the oldest credit is a day old."""
    with connection.transaction():
        _lock_and_read_wait(connection, source)
        connection.execute(
            """
            update ops.api_pace
            set closed_until = %(window)s + coalesce(
                (
                    select min(called_at) from ops.api_calls
                    where source = %(source)s and called_at > clock_timestamp() - %(window)s
                ),
                clock_timestamp()
            )
            where source = %(source)s
            """,
            {"window": BUDGET_WINDOW, "source": source},
        )


def _lock_and_read_wait(connection: psycopg.Connection, source: str) -> float:
    connection.execute(
        "insert into ops.api_pace (source, next_call_at) values (%s, clock_timestamp()) on conflict do nothing",
        (source,),
    )
    row = connection.execute(
        """
        select greatest(extract(epoch from next_call_at - clock_timestamp()), 0)::double precision
        from ops.api_pace where source = %s for update
        """,
        (source,),
    ).fetchone()
    return row[0] if row else 0.0
