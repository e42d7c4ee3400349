"""The tasks that the source DAGs and the replay consist of: an import and a call each."""

import logging
from dataclasses import dataclass
from datetime import time
from typing import Any

from airflow.sdk import Asset, Param, chain, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import QuotaSpent
from include.observability.batch import AIRFLOW_BATCH
from include.orchestration.retries import RETRIES_OF_A_PACED_CALL
from include.silver.datasets import dataset_names
from include.sources import ALPHA_VANTAGE
from include.tickers import parse_chosen_symbols

log = logging.getLogger(__name__)

WEEKLY = "weekly_adjusted_prices"
# Plain names: a URI scheme would import every provider's asset handlers at each parse of a DAG file.
SILVER = {name: Asset(f"silver.{name}") for name in dataset_names()}
SYMBOLS_AS_LABEL = "{{ task.op_kwargs.symbols | join(', ') | truncate(200) }}"  # the column holds 250 characters

SYMBOLS_FIELD = Param(
    "", type=["string", "null"], title="Symbols", description="Comma separated, for example IBM,AAPL; empty means all"
)
TICKER_FORM = {
    "symbols": SYMBOLS_FIELD,
    "force": Param(False, type="boolean", title="Force", description="Fetch even where nothing can have changed"),
}
DAY: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
REPLAY_FORM = {
    "symbols": SYMBOLS_FIELD,
    "from": Param(None, **DAY, title="From", description="Only objects fetched on or after this day, UTC"),
    "to": Param(None, **DAY, title="To", description="Only objects fetched on or before this day, UTC"),
    "new_history": Param(
        False,
        type="boolean",
        title="New history",
        description="Another security has these tickers now: what was fetched before From is never taken in again",
    ),
    "dry_run": Param(True, type="boolean", title="Dry run", description="Count what would change, change nothing"),
}

ACCEPT_FORM = {
    "symbol": Param("", type="string", title="Symbol", description="The ticker, for example IBM"),
    "week": Param(None, **DAY, title="Week", description="Any day of the quarantined week"),
    "undo": Param(False, type="boolean", title="Undo", description="Withdraw what was accepted"),
}


@dataclass(frozen=True)
class TaskNames:
    """What the tasks of a source DAG are called, from the first to the last; where none counts, the last one does."""

    plan: str = "plan"
    fetch: str = "fetch"
    normalize: str = "normalize"
    validate: str = "validate"
    count: str | None = None
    report: str = "report"


SHORT_NAMES = TaskNames()


@task
def plan(dataset: str, batch: str, params: dict[str, Any] | None = None) -> list[list[str]]:
    """Which symbols are due, in groups to map over."""
    from include import steps

    form = params or {}
    symbols = parse_chosen_symbols(form.get("symbols"))
    return steps.plan(dataset, batch, symbols=symbols, force=bool(form.get("force")))


# The pool says how many fetches may be under way at once; the pace itself is kept in Postgres.
@task(map_index_template=SYMBOLS_AS_LABEL, pool=ALPHA_VANTAGE, retries=RETRIES_OF_A_PACED_CALL)
def fetch(dataset: str, symbols: list[str], batch: str) -> list[str]:
    """The payloads of a group of symbols, into bronze."""
    from include import steps

    try:
        return steps.fetch(dataset, symbols, batch)
    except QuotaSpent as spent:
        raise AirflowSkipException(str(spent)) from None


@task(map_index_template=SYMBOLS_AS_LABEL, trigger_rule="all_done")
def normalize(dataset: str, symbols: list[str], batch: str) -> int:
    """What was fetched for a group of symbols, into silver."""
    from include import steps

    return steps.normalize(dataset, symbols, batch)


@task(trigger_rule="all_done")
def validate(dataset: str, batch: str, outlet_events: Any = None) -> int:
    """Tell gold about the rows that changed, or skip when none did or another run has told it and it has not begun."""
    from include import steps

    rows_changed = steps.validate(dataset, batch)
    _emit(outlet_events[SILVER[dataset]], batch, rows_changed)
    return rows_changed


@task(trigger_rule="all_done")
def count(dataset: str, batch: str) -> dict[str, int]:
    """Log how many tickers and rows the batch had, and how long it took."""
    from include import steps

    return steps.count(dataset, batch)


@task(trigger_rule="all_done")
def report(dataset: str, batch: str, plan_task: str) -> dict[str, int]:
    """Close the ledger; fail when a ticker or a task failed, so that nothing hides behind the others' success."""
    from include import steps

    failed = sorted(name for name, state in task_states().items() if state == "failed")
    return steps.report(dataset, batch, failed_tasks=failed, plan_task=plan_task)


def source_tasks(dataset: str, names: TaskNames = SHORT_NAMES) -> None:
    """The graph of a DAG that brings a dataset from its source to silver: every mapped task is one group of tickers."""
    of_batch: dict[str, Any] = {"dataset": dataset, "batch": AIRFLOW_BATCH}
    groups = plan.override(task_id=names.plan)(**of_batch)
    chain(
        fetch.override(task_id=names.fetch).partial(**of_batch).expand(symbols=groups),
        normalize.override(task_id=names.normalize).partial(**of_batch).expand(symbols=groups),
        validate.override(task_id=names.validate, outlets=[SILVER[dataset]])(**of_batch),
        *([count.override(task_id=names.count)(**of_batch)] if names.count else []),
        report.override(task_id=names.report)(**of_batch, plan_task=names.plan),
    )


@task
def replay(batch: str, params: dict[str, Any] | None = None) -> dict[str, int]:
    """Silver, built anew from bronze; a dry run ends as skipped, so that its page shows that nothing was done."""
    from include import steps
    from include.clock import parse_moment

    form = params or {}
    first, last = form.get("from"), form.get("to")
    counts = steps.replay(
        batch,
        symbols=parse_chosen_symbols(form.get("symbols")),
        first=parse_moment(first, of_day=time.min) if first else None,
        last=parse_moment(last) if last else None,
        new_history=bool(form.get("new_history")),
        dry_run=bool(form.get("dry_run")),
    )
    if form.get("dry_run"):
        log.info(  # seen at once: Airflow folds away why a task was skipped
            "A dry run: nothing was changed. Rows of silver that would change: %d (objects read: %d, series: %d). "
            "Switch Dry run off in the form to change them.",
            *(counts[name] for name in ("rows_changed", "objects", "series")),
        )
        raise AirflowSkipException("a dry run: nothing was changed")
    return counts


@task
def accept(batch: str, params: dict[str, Any] | None = None) -> dict[str, int]:
    """A person's decision on a week, and silver of its symbol built anew."""
    from include import steps

    form = params or {}
    return steps.accept(batch, form.get("symbol") or "", form.get("week") or "", undo=bool(form.get("undo")))


@task(outlets=[SILVER[WEEKLY]])
def hand_over(counts: Any, batch: str, outlet_events: Any = None) -> None:
    """Tell gold about the rows that a rebuild of silver changed."""
    _emit(outlet_events[SILVER[WEEKLY]], batch, counts["rows_changed"])


def _emit(event: Any, batch: str, rows_changed: int) -> None:
    if rows_changed == 0:
        raise AirflowSkipException("nothing to publish, or another run asked for it already")
    event.extra = {"execution_batch_id": batch, "rows_changed": rows_changed}


def task_states() -> dict[str, str]:
    """The state of each task of this run, by its id."""
    # Airflow takes a run's state from its leaf. This leaf always runs, so it must inspect the other tasks itself.
    context = get_current_context()
    run_id: str = context["run_id"]
    states: dict[str, dict[str, str]] = context["ti"].get_task_states(dag_id=context["dag"].dag_id, run_ids=[run_id])
    return states.get(run_id, {})
