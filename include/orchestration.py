"""What the DAG files share: the Assets between them, their tasks, the one retry policy, the dbt task group.

The only module of `include` that imports airflow or cosmos. It is read whenever a DAG file is parsed, so what is
heavy (polars, boto3, cosmos, `include.steps`) is imported where it is used.
"""

import logging
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, CronTriggerTimetable, Param, RetryDecision, RetryPolicy, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.alpha_vantage.functions import Function
from include.errors import (
    BronzeError,
    ContractError,
    LoadMismatch,
    MalformedAnswer,
    MarketMismatch,
    NetworkFault,
    QuotaSpent,
    Refused,
    ReusedTicker,
    SettingsError,
    Throttled,
    TickersFailed,
)
from include.settings import parse_symbols
from include.warehouse.dbt_env import DBT_PROJECT, dbt_command
from include.warehouse.dbt_manifest import MANIFEST, WHOLE_TABLE
from include.warehouse.dbt_publication import (
    FAILED,
    WARNED,
    keep_what_dbt_said,
    prepare_dbt,
)

if TYPE_CHECKING:
    from airflow.sdk import Context
    from cosmos import DbtTaskGroup

# A name is all they need: an address with a scheme would load every provider's asset handlers into each parse.
SILVER = {
    Function.WEEKLY_ADJUSTED: Asset("silver.weekly_adjusted_prices"),
    Function.DAILY: Asset("silver.daily_prices"),
    Function.OVERVIEW: Asset("silver.company_overview"),
}
API_POOL = "alpha_vantage"  # how many fetches may be under way at once; the pace itself is kept in Postgres
BATCH = "{{ dag.dag_id }}:{{ run_id }}"  # the execution_batch_id of everything a run writes
SYMBOLS_AS_LABEL = "{{ task.op_kwargs.symbols | join(', ') | truncate(200) }}"  # the column holds 250 characters

DBT_GROUP = "dbt"
DBT_BUILD = f"{DBT_GROUP}.dbt_producer_watcher"  # Cosmos' name for the task that runs `dbt build`
DBT_BUILD_TASKS = {DBT_BUILD, f"{DBT_BUILD}_done"}
FAILED_STATES = {"failed", "upstream_failed"}

TRIES = 5
FIRST_BACKOFF_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 300.0
# Waiting for a free moment of the API is no failure: a ticker may queue behind many others.
RETRIES_OF_A_PACED_CALL = 500

SYMBOLS_FIELD = Param(
    "", type=["string", "null"], title="Symbols", description="Comma separated, for example IBM,AAPL; empty means all"
)
TICKER_FORM = {
    "symbols": SYMBOLS_FIELD,
    "force": Param(False, type="boolean", title="Force", description="Fetch even where nothing can have changed"),
}
GOLD_FORM = {
    "full_refresh": Param(False, type="boolean", title="Full refresh", description="Rebuild gold instead of merging"),
}
DAY: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
REPLAY_FORM = {
    "symbols": SYMBOLS_FIELD,
    "from": Param(None, **DAY, title="From", description="Only objects fetched on or after this day, UTC"),
    "to": Param(None, **DAY, title="To", description="Only objects fetched on or before this day, UTC"),
    "dry_run": Param(True, type="boolean", title="Dry run", description="Count what would change, change nothing"),
}

log = logging.getLogger(__name__)


class RetryWhatCanHeal(RetryPolicy):
    """Decides from the exception whether another try can help, and when."""

    HOPELESS = (
        Refused,
        LoadMismatch,
        ContractError,
        BronzeError,
        ReusedTicker,
        SettingsError,
        MarketMismatch,
        TickersFailed,
    )

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: "Context | None" = None
    ) -> RetryDecision:
        """Decide by the class of the error; the reason is shown in the task's log."""
        del max_tries, context
        kind = type(exception).__name__
        if isinstance(exception, self.HOPELESS):
            return RetryDecision.fail(reason=f"{kind}: no retry can mend this")
        # What the source answers badly is bounded by the ledger: a ticker gets three credits a run.
        if isinstance(exception, Throttled):
            delay = timedelta(seconds=exception.retry_after + random.uniform(0, 1))  # noqa: S311 - no secret
            return RetryDecision.retry(delay=delay, reason=f"{kind}: back when the next call is allowed")
        if isinstance(exception, NetworkFault | MalformedAnswer):
            return RetryDecision.retry(delay=_backoff(try_number), reason=f"{kind}: backing off")
        if try_number >= TRIES:
            return RetryDecision.fail(reason=f"{kind}: failed {try_number} times")
        return RetryDecision.default()


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "stocklake",
    "retries": TRIES - 1,
    "retry_delay": timedelta(seconds=15),
    "retry_policy": RetryWhatCanHeal(),
    "execution_timeout": timedelta(hours=2),  # a hung task would hold back every later run
}


def daily_at(hour: int) -> CronTriggerTimetable:
    """Once a day, UTC; the first time at the next such hour.

    With a start date, or with a look back, a fresh installation would begin by catching up with this morning.
    """
    return CronTriggerTimetable(f"0 {hour} * * *", timezone="UTC", run_immediately=timedelta(0))


@task
def plan(function: str, batch: str, params: dict[str, Any] | None = None) -> list[list[str]]:
    """Which symbols are due, in groups to map over."""
    from include import steps

    form = params or {}
    symbols = parse_symbols(form.get("symbols")) or None
    return steps.plan(function, batch, symbols=symbols, force=bool(form.get("force")))


@task(map_index_template=SYMBOLS_AS_LABEL, pool=API_POOL, retries=RETRIES_OF_A_PACED_CALL)
def fetch(function: str, symbols: list[str], batch: str) -> list[str]:
    """The answers of a group of symbols, into bronze."""
    from include import steps

    try:
        return steps.fetch(function, symbols, batch)
    except QuotaSpent as spent:
        raise AirflowSkipException(str(spent)) from None


@task(map_index_template=SYMBOLS_AS_LABEL, trigger_rule="all_done")
def normalize(function: str, symbols: list[str], batch: str) -> int:
    """What was fetched for a group of symbols, into silver."""
    from include import steps

    return steps.normalize(function, symbols, batch)


@task(trigger_rule="all_done")
def validate(function: str, batch: str, outlet_events: Any = None) -> int:
    """Tell gold about the rows that changed, or skip when none did."""
    from include import steps

    rows_changed = steps.validate(function, batch)
    _hand_over(outlet_events[SILVER[Function(function)]], batch, rows_changed)
    return rows_changed


@task(trigger_rule="all_done")
def report(function: str, batch: str) -> dict[str, int]:
    """Close the ledger; fail when a ticker or a task failed, so that nothing hides behind the others' success."""
    from include import steps

    failed = sorted(name for name, state in _task_states().items() if state == "failed")
    return steps.report(function, batch, failed_tasks=failed)


@task
def replay(batch: str, params: dict[str, Any] | None = None) -> dict[str, int]:
    """Silver, built anew from bronze."""
    from include import steps

    form = params or {}
    first, last = form.get("from"), form.get("to")
    return steps.replay(
        batch,
        symbols=parse_symbols(form.get("symbols")) or None,
        first=_midnight(first) if first else None,
        last=_midnight(last) + timedelta(days=1) if last else None,
        dry_run=bool(form.get("dry_run")),
    )


@task(outlets=[SILVER[Function.WEEKLY_ADJUSTED]])
def hand_over(counts: Any, batch: str, params: dict[str, Any] | None = None, outlet_events: Any = None) -> None:
    """Tell gold about the rows that the replay changed; a dry run changed none."""
    is_dry_run = bool((params or {}).get("dry_run"))
    rows_changed = 0 if is_dry_run else counts["rows_changed"]
    _hand_over(outlet_events[SILVER[Function.WEEKLY_ADJUSTED]], batch, rows_changed)


@task
def begin_publication(batch: str, triggering_asset_events: Any = None) -> dict[str, object]:
    """Open the ledger and tell dbt the variables of this publication, the newest triggering batch among them."""
    from include import steps

    events = [event for events in (triggering_asset_events or {}).values() for event in events]
    oldest_first = sorted(events, key=lambda event: event.timestamp)
    batches = [event.extra["execution_batch_id"] for event in oldest_first if "execution_batch_id" in event.extra]
    return steps.begin_publication(batch, triggered_by=batches)


@task(trigger_rule="all_done")
def report_publication(batch: str) -> dict[str, int]:
    """Close the ledger and show dbt's warnings; fail when a model or a check failed: then nothing was published."""
    from include import steps

    told = get_current_context()["ti"].xcom_pull
    for warning in told(task_ids=DBT_BUILD, key=WARNED) or []:
        log.warning("dbt check warned: %s", warning)
    failed = _unpublished_because_of(_task_states())
    error = "; ".join([f"failed: {', '.join(failed)}", *(told(task_ids=DBT_BUILD, key=FAILED) or [])])
    counts = steps.report_publication(batch, error=error if failed else None)
    if failed:
        raise AirflowFailException(f"nothing was published, {error}")
    return counts


def dbt_task_group(variables: Any) -> "DbtTaskGroup":
    """The dbt project as one task group: a task per model and one for its checks.

    Shape:  `variables` is the task whose answer becomes dbt's --vars.
    """
    from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
    from cosmos.constants import ExecutionMode, LoadMode, TestBehavior

    project = ProjectConfig(dbt_project_path=DBT_PROJECT, install_dbt_deps=False)
    # Set afterwards: given as an argument, each task would read it through fsspec and load every plugin for that.
    project.manifest_path = MANIFEST
    return DbtTaskGroup(
        group_id=DBT_GROUP,
        project_config=project,
        profile_config=ProfileConfig(
            profile_name="stocklake", target_name="warehouse", profiles_yml_filepath=DBT_PROJECT / "profiles.yml"
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.AFTER_EACH,
            exclude=[f"tag:{WHOLE_TABLE}"],
            emit_datasets=False,
        ),
        # One `dbt build` does the work and the tasks of models and checks watch it: dbt starts once, not per task.
        # A second build would run beside its watchers; a retry of theirs runs just their own model or checks.
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            dbt_executable_path=dbt_command()[0],
            setup_operator_args={"retries": 0, "callback": keep_what_dbt_said},
        ),
        operator_args={
            "vars": f"{{{{ ti.xcom_pull(task_ids='{variables.operator.task_id}') }}}}",
            "full_refresh": "{{ params.full_refresh }}",
            "interceptors": [prepare_dbt],
            # Deferred watchers come back so soon that the executor takes them for lost and fails them.
            "deferrable": False,
            "poke_interval": 1,
            "retries": 1,
            "retry_delay": timedelta(seconds=5),
        },
    )


def _hand_over(event: Any, batch: str, rows_changed: int) -> None:
    if rows_changed == 0:
        raise AirflowSkipException("no row of silver changed: nothing to publish")
    event.extra = {"execution_batch_id": batch, "rows_changed": rows_changed}


def _task_states() -> dict[str, str]:
    # A run's colour is its leaf's, and the leaf runs whatever happened: it has to look for itself.
    context = get_current_context()
    run_id: str = context["run_id"]
    states: dict[str, dict[str, str]] = context["ti"].get_task_states(dag_id=context["dag"].dag_id, run_ids=[run_id])
    return states.get(run_id, {})


def _unpublished_because_of(states: dict[str, str]) -> list[str]:
    # A retry of a watcher may have mended what the build could not: the build's own failure counts only
    # where a model or a check was left out.
    others = {name: state for name, state in states.items() if name not in DBT_BUILD_TASKS}
    failed = sorted(name for name, state in others.items() if state == "failed")
    was_left_out = any(state == "skipped" for state in others.values())
    return failed or ([DBT_BUILD] if states.get(DBT_BUILD) in FAILED_STATES and was_left_out else [])


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def _backoff(try_number: int) -> timedelta:
    # Jitter over the upper half: tickers that failed together do not come back together.
    longest = min(FIRST_BACKOFF_SECONDS * 2 ** (try_number - 1), LONGEST_BACKOFF_SECONDS)
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311 - no secret
