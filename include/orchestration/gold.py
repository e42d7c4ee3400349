"""The tasks around dbt, and dbt itself as one task group."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.gold.cosmos_callbacks import BEGUN, FAILED, WARNED, prepare_dbt, store_dbt_messages
from include.gold.dbt_environment import DBT_PROJECT, dbt_command
from include.gold.manifest import MANIFEST
from include.gold.outcome import say_that_dbt_was_killed, say_what_was_published
from include.gold.selection import WHOLE_TABLE
from include.orchestration.tasks import task_states

if TYPE_CHECKING:
    from cosmos import DbtTaskGroup

    from include.observability.publications import Publication

GOLD = Asset("gold")  # a name alone, as silver's
DBT_GROUP = "dbt"
DBT_PRODUCER = "dbt_producer_watcher"  # Cosmos' name for the task that runs `dbt build`
DBT_BUILD = f"{DBT_GROUP}.{DBT_PRODUCER}"
DBT_BUILD_TASKS = {DBT_BUILD, f"{DBT_BUILD}_done"}
ENDED = "task_status"  # Cosmos' XCom key that says that dbt came back, with or without success
CHECK = ".test"  # Cosmos' name for the task of a model's checks, which a second try runs by itself
KILLED_BY = {  # by the state of the task that runs `dbt build`
    "failed": f"the log of {DBT_BUILD} names the signal, unless all of Airflow was killed",
    "skipped": "with its worker, unless this run was cleared by hand: dbt builds once a run",
}
PUBLICATION = "publications"  # Cosmos' group of the task that watches the publication and of the check after it
PUBLISHED_BEFORE = "published_before"  # XCom key of begin_publication: when gold was published last
GOLD_FORM = {
    "full_refresh": Param(False, type="boolean", title="Full refresh", description="Rebuild gold instead of merging"),
}

log = logging.getLogger(__name__)


@task
def begin_publication(batch: str, triggering_asset_events: Any = None) -> dict[str, object]:
    """Open the ledger and tell dbt the variables of this publication, the newest triggering batch among them."""
    from include import steps

    events = [event for events in (triggering_asset_events or {}).values() for event in events]
    oldest_first = sorted(events, key=lambda event: event.timestamp)
    batches = [event.extra["execution_batch_id"] for event in oldest_first if "execution_batch_id" in event.extra]
    begun = steps.begin_publication(batch, triggered_by=batches)
    get_current_context()["ti"].xcom_push(key=PUBLISHED_BEFORE, value=begun.published_before.isoformat())
    return begun.dbt_variables


@task
def prepare_daily(params: dict[str, Any] | None = None) -> dict[str, int]:
    """Bars and indicators of the symbols that changed, from one state of silver, for dbt to publish."""
    from include import steps

    return steps.prepare_daily(is_whole=bool((params or {}).get("full_refresh")))


@task(outlets=[GOLD], trigger_rule="all_done")
def announce_publication(outlet_events: Any = None) -> dict[str, object]:
    """Emit the Asset `gold` with what was committed; skip where nothing was, whatever became of dbt's tasks."""
    publication = _read_publication()
    if publication is None:
        raise AirflowSkipException("nothing was published")
    event = outlet_events[GOLD]
    event.extra = {
        "execution_batch_id": publication.execution_batch_id,
        "published_at": publication.published_at.isoformat(),
        "rows_changed": publication.rows_changed,
    }
    return dict(event.extra)


@task(trigger_rule="all_done")
def report_publication(batch: str) -> dict[str, int]:
    """Close the ledger and show dbt's warnings; fail when a task failed, and say whether gold was published before."""
    from include import steps

    told = get_current_context()["ti"].xcom_pull
    for warning in told(task_ids=DBT_BUILD, key=WARNED) or []:
        log.warning("dbt check warned: %s", warning)
    publication = _read_publication()
    marks = {key for key in (BEGUN, ENDED, FAILED) if told(task_ids=DBT_BUILD, key=key) is not None}
    failure = _say_what_failed(task_states(), marks, is_published=publication is not None)
    words = told(task_ids=DBT_BUILD, key=FAILED) or []
    error = "; ".join([f"{say_what_was_published(publication)} {failure}", *words]) if failure else None
    counts = steps.report_publication(batch, error=error)
    if error:
        raise AirflowFailException(error)
    return counts


def publication_of(dbt: "DbtTaskGroup") -> list[Any]:
    """The tasks of the group that end with the publication: its watcher, and dbt, which outlives a lost watcher."""
    return [dbt.get_child_by_label(PUBLICATION).get_child_by_label("run"), dbt.get_child_by_label(DBT_PRODUCER)]


def dbt_task_group(variables: Any) -> "DbtTaskGroup":
    """The dbt project as one task group: a task per model and one for its checks.

    Shape:  `variables` is the task whose result becomes dbt's --vars.
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
        # The build is never retried, because two builds would share tables. A retried sensor runs its own model alone.
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            dbt_executable_path=dbt_command()[0],
            setup_operator_args={"retries": 0, "callback": store_dbt_messages},
        ),
        operator_args={
            "vars": f"{{{{ ti.xcom_pull(task_ids='{variables.operator.task_id}') }}}}",
            "full_refresh": "{{ params.full_refresh }}",
            "interceptors": [prepare_dbt],
            # Deferred sensors resume before the executor has registered them, and are then failed as lost.
            "deferrable": False,
            "poke_interval": 1,
            "retries": 1,
            "retry_delay": timedelta(seconds=5),
        },
    )


def _read_publication() -> "Publication | None":
    # The database is asked, and not the tasks' states: dbt or its watcher may have died after the commit.
    from include import steps

    told = get_current_context()["ti"].xcom_pull
    variables = told(task_ids="begin_publication")
    before = told(task_ids="begin_publication", key=PUBLISHED_BEFORE)
    if not before or not variables:
        return None
    batch = str(variables["execution_batch_id"])
    return steps.read_publication(batch, published_before=datetime.fromisoformat(before))


def _say_what_failed(states: dict[str, str], marks: set[str], *, is_published: bool) -> str | None:
    # A retried watcher may have done what the build could not, so the build counts only where nothing was committed.
    failed = sorted(name for name, state in states.items() if state == "failed" and name not in DBT_BUILD_TASKS)
    watchers = [name for name in failed if name.startswith(f"{DBT_GROUP}.")]
    state = states.get(DBT_BUILD)
    if _is_killed(state, marks) and (watchers or not is_published):
        is_sure_of_checks = not any(name.endswith(CHECK) for name in watchers)
        killed = say_that_dbt_was_killed(KILLED_BY[str(state)], is_sure_of_checks=is_sure_of_checks)
        return f"{killed}; failed: {', '.join(failed)}" if failed else killed
    failed = failed or ([] if is_published else [DBT_BUILD])
    return f"failed: {', '.join(failed)}" if failed else None


def _is_killed(state: str | None, marks: set[str]) -> bool:
    # Cosmos builds once: a second try, after a lost worker or where the run was cleared, skips. Airflow being away, the
    # mark that dbt came back can be lost; its messages, even none, say so too.
    return FAILED not in marks and (state == "skipped" or (state == "failed" and marks == {BEGUN}))
