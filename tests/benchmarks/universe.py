"""A large universe through the real steps: planned, fetched over HTTP into S3, normalised, loaded.

`python -m tests.benchmarks.universe 10000` takes as many invented tickers as it is told.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from include import steps
from include.bronze.store import open_store
from include.local_stack.s3 import s3_service
from include.local_stack.service import wait_until
from include.settings import LOOPBACK, get_settings
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.benchmarks.measure import bench_warehouse, peak_kibibytes
from tests.conftest import free_port
from tests.market_server import MarketServer

WEEKLY = "weekly_adjusted_prices"
TICKERS = 1_000
TICKERS_PER_TASK = 100
KEYS = {"access_key": "bench", "secret_key": "bench-secret"}


def main(tickers: int) -> None:
    """Run the pipeline twice over the universe, the second time forced and unchanged, and print where time went."""
    structlog.configure(processors=[_drop])
    symbols = [f"INVENTED-{number:05}" for number in range(1, tickers + 1)]
    with _services():
        first = _run("weekly_adjusted_prices:first", symbols, force=False)
        again = _run("weekly_adjusted_prices:again", symbols, force=True)
        weeks = sum(1 for _ in open_store().list_keys(WEEKLY_ADJUSTED.name))
    table = Table("step", "first run", "forced, nothing changed", title=f"{tickers:,} tickers, {weeks:,} objects")
    for step in first:
        table.add_row(step, f"{first[step]:,.1f} s", f"{again[step]:,.1f} s")
    console = Console()
    console.print(table)
    console.print(f"Peak memory of the worker: {peak_kibibytes() / 1024:,.0f} MiB")


def _run(batch: str, symbols: list[str], *, force: bool) -> dict[str, float]:
    spent = dict.fromkeys(("plan", "fetch", "normalize", "validate", "report"), 0.0)
    started = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal started
        spent[step] += time.perf_counter() - started
        started = time.perf_counter()

    groups = steps.plan(WEEKLY, batch, symbols=symbols, force=force)
    lap("plan")
    for group in groups:
        steps.fetch(WEEKLY, group, batch)
        lap("fetch")
        steps.normalize(WEEKLY, group, batch)
        lap("normalize")
    steps.validate(WEEKLY, batch)
    lap("validate")
    counts = steps.report(WEEKLY, batch)
    lap("report")
    assert counts["tickers_fetched"] + counts["tickers_unchanged"] == len(symbols)
    return spent


@contextmanager
def _services() -> Iterator[None]:
    with ExitStack() as stack:
        url = stack.enter_context(bench_warehouse())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stocklake-universe-")))
        market = stack.enter_context(MarketServer(home / "market"))
        os.environ |= {
            "DB_URL": url,
            "ALPHA_VANTAGE_API_KEY": "",
            "ALPHA_VANTAGE_BASE_URL": market.query_url,
            "ALPHA_VANTAGE_REQUESTS_PER_MINUTE": "1000000",
            "TICKERS_PER_TASK": str(TICKERS_PER_TASK),
            "AWS_ENDPOINT_URL": stack.enter_context(_s3(home)),
            "AWS_ACCESS_KEY_ID": KEYS["access_key"],
            "AWS_SECRET_ACCESS_KEY": KEYS["secret_key"],
        }
        get_settings.cache_clear()
        open_store().ensure_bucket()
        yield


@contextmanager
def _s3(home: Path) -> Iterator[str]:
    port = free_port()
    (home / "s3").mkdir()
    service = s3_service(home / "s3", port=port, **KEYS)
    process = subprocess.Popen(
        service.command, env=dict(service.environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert wait_until(service.is_ready, seconds=15)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait(timeout=15)


def _drop(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TICKERS)
