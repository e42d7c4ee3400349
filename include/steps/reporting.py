"""The steps `validate` and `report`: does silver hold what was loaded, and how did the batch go?"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import psycopg
import structlog

from include.alpha_vantage.calls import read_unknown
from include.alpha_vantage.functions import Function
from include.errors import LoadMismatch, TickersFailed
from include.gold.manifest import read_project_state, read_published_tables
from include.observability import runs
from include.observability.publications import count_unpublished_rows
from include.warehouse.connection import connect

SHOWN_FAILURES = 20
LONG_AGO = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger(__name__)


def validate(function: str, batch: str) -> int:
    """Check that silver holds what the batch says it loaded.

    Shape:  -> rows of silver that this or an earlier batch changed and gold has not published, or that gold lacks for
            whatever reason; all of them where gold was published by another state of the dbt project; 0: nothing to do.
    Raises: LoadMismatch that names the symbols whose rows do not add up.
    """
    with connect() as connection:
        if Function(function) is Function.WEEKLY_ADJUSTED:
            _check_rows_add_up(connection, batch)
        is_other_code = runs.published_project_state(connection) != read_project_state()
        published_at = LONG_AGO if is_other_code else runs.last_publication(connection)
        to_publish = count_unpublished_rows(connection, read_published_tables(), published_at=published_at, batch=batch)
    log.info("validate", function=function, batch=batch, rows_to_publish=to_publish)
    return to_publish


def report(function: str, batch: str, *, failed_tasks: Sequence[str] = ()) -> dict[str, int]:
    """Close the batch and say how it went.

    Shape:  -> the counts of `ops.pipeline_runs` by name.
    Raises: TickersFailed that names each failed ticker with the source's words, or the tasks that failed without one.
    """
    with connect() as connection:
        runs.fail_unfinished(connection, batch, Function(function))
        counts = asdict(runs.write_counts(connection, batch))
        failures = runs.read_failures(connection, batch)
        full_pass_at = runs.read_full_pass(connection, batch)
        unknown = read_unknown(connection, batch)
        error = _say_what_failed(failures, failed_tasks)
        runs.close_run(connection, batch, error=error)
    log.info("report", function=function, batch=batch, full_pass_at=full_pass_at, nothing_known_of=unknown, **counts)
    if error:
        raise TickersFailed(error)
    return counts


def _say_what_failed(failures: Sequence[tuple[str, str]], failed_tasks: Sequence[str]) -> str | None:
    if failures:
        words = "; ".join(f"{symbol}: {reason}" for symbol, reason in failures[:SHOWN_FAILURES])
        return f"{len(failures)} of the tickers failed, the others went on. {words}"
    return f"no ticker failed, but these tasks did: {', '.join(failed_tasks)}" if failed_tasks else None


def _check_rows_add_up(connection: psycopg.Connection, batch: str) -> None:
    rows = connection.execute(
        """
        with loaded as (
            select distinct on (symbol) symbol, rows_kept from silver.loaded_answers
            where execution_batch_id = %s and rows_kept > 0 order by symbol, bronze_key desc
        )
        select loaded.symbol, rows_kept, count(week_ending)
        from loaded left join silver.weekly_adjusted_prices as week
        on week.symbol = loaded.symbol and not is_carried
        group by loaded.symbol, rows_kept
        having rows_kept <> count(week_ending)
        """,
        (batch,),
    ).fetchall()
    if rows:
        differences = "; ".join(f"{symbol}: {kept} kept, {held} held" for symbol, kept, held in rows)
        raise LoadMismatch(f"silver does not hold what was loaded. {differences}")
