"""What every benchmark shares: a warehouse of its own, invented payloads, a clock, a result."""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from include.bronze.keys import BronzeKey, short_hash
from include.local_stack.credentials import ensure_credentials
from include.local_stack.postgres import EmbeddedPostgres
from include.market_simulator.listing import Call, normal_reply
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.migrate import migrate
from tests.conftest import free_port

LAST_CLOSE = date(2013, 3, 1)
FETCHED_AT = datetime(2013, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Units:  `ours` and `other` in `unit`; `ratio` says how many times better ours is.
    """

    name: str
    ours: float
    other: float
    other_is: str
    ratio: float
    unit: str = "s"


@dataclass(frozen=True)
class Payload:
    """A payload of the source, and where it lies in the lake."""

    key: BronzeKey
    body: bytes


def make_payloads(tickers: int) -> Iterator[Payload]:
    """Weekly payloads of invented tickers, 1,300 weeks each, made one by one."""
    return (_payload(f"INVENTED-{number:05}") for number in range(1, tickers + 1))


def _payload(symbol: str) -> Payload:
    body = normal_reply(Call(WEEKLY_ADJUSTED.name, symbol, "bench"), LAST_CLOSE).body
    return Payload(BronzeKey(WEEKLY_ADJUSTED.name, symbol, FETCHED_AT, short_hash(body)), body)


@contextmanager
def bench_warehouse() -> Iterator[str]:
    """The address of a Postgres as durable as the real one, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="stocklake-bench-") as folder:
        home = Path(folder)
        server = EmbeddedPostgres(home, free_port(), ensure_credentials(home))
        try:
            server.start()
            migrate(server.url())
            yield server.url()
        finally:
            server.remove()


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes on the wall."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_kibibytes() -> int:
    """The most memory this process has held; unlike getrusage, nothing of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1])  # type: ignore[index]


def empty_silver(url: str) -> None:
    """Give every contender the same empty tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("truncate silver.weekly_adjusted_prices, silver.loaded_payloads, silver.rejected_rows")
