"""The steps `count` and `report`: sum up a batch, close it and say how it went."""

from collections.abc import Sequence

import psycopg
import structlog

from include.alpha_vantage.calls import read_unknown
from include.errors import TickersFailed
from include.observability.runs import close_run, read_error, read_seconds, write_counts
from include.observability.ticker_ledger import TickerLedger, TickerStatus, read_next_full_pass, read_tickers
from include.silver.datasets import find_dataset
from include.warehouse.connection import connect

SHOWN_FAILURES = 20

log = structlog.get_logger(__name__)


def count(dataset_name: str, batch: str) -> dict[str, int]:
    """Sum up the batch, and log how long it has taken.

    Shape:  -> the counts of `ops.pipeline_runs` by name, and seconds, whole ones.
    """
    with connect() as connection:
        counts = _count(connection, dataset_name, batch) | {"seconds": read_seconds(connection, batch)}
    log.info("count", dataset=dataset_name, batch=batch, **counts)
    return counts


def report(
    dataset_name: str, batch: str, *, failed_tasks: Sequence[str] = (), plan_task: str = "plan"
) -> dict[str, int]:
    """Close the batch and say how it went; where there is no plan, why not.

    Shape:  -> the counts of `ops.pipeline_runs` by name.
    Raises: TickersFailed that names each failed ticker with the source's words, or the tasks that failed without one.
    """
    with connect() as connection:
        counts = _count(connection, dataset_name, batch)
        failures = read_tickers(connection, batch, TickerStatus.FAILED)
        full_pass_at = read_next_full_pass(connection, batch)
        unknown = read_unknown(connection, batch)
        no_plan = read_error(connection, batch) if plan_task in failed_tasks else None
        error = _say_what_failed(failures, failed_tasks, no_plan)
        close_run(connection, batch, error=error)
    log.info("report", dataset=dataset_name, batch=batch, full_pass_at=full_pass_at, nothing_known_of=unknown, **counts)
    if error:
        raise TickersFailed(error)
    return counts


def _count(connection: psycopg.Connection, dataset_name: str, batch: str) -> dict[str, int]:
    TickerLedger(connection, batch, find_dataset(dataset_name).function.name).fail_unfinished()
    return write_counts(connection, batch)


def _say_what_failed(
    failures: Sequence[tuple[str, str]], failed_tasks: Sequence[str], no_plan: str | None
) -> str | None:
    if failures:
        words = "; ".join(f"{symbol}: {reason}" for symbol, reason in failures[:SHOWN_FAILURES])
        return f"{len(failures)} of the tickers failed, the others went on. {words}"
    if no_plan:  # no ticker was asked for
        return no_plan
    return f"no ticker failed, but these tasks did: {', '.join(failed_tasks)}" if failed_tasks else None
