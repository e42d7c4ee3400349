"""The tasks around dbt, and dbt itself as one task group."""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from include.orchestration.tasks import task_states
from include.warehouse.dbt_env import DBT_PROJECT, dbt_command
from include.warehouse.dbt_manifest import MANIFEST, WHOLE_TABLE
from include.warehouse.dbt_publication import FAILED, WARNED, keep_what_dbt_said, prepare_dbt

if TYPE_CHECKING:
    from cosmos import DbtTaskGroup

DBT_GROUP = "dbt"
DBT_BUILD = f"{DBT_GROUP}.dbt_producer_watcher"  # Cosmos' name for the task that runs `dbt build`
DBT_BUILD_TASKS = {DBT_BUILD, f"{DBT_BUILD}_done"}
FAILED_STATES = {"failed", "upstream_failed"}
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
    return steps.begin_publication(batch, triggered_by=batches)


@task(trigger_rule="all_done")
def report_publication(batch: str) -> dict[str, int]:
    """Close the ledger and show dbt's warnings; fail when a model or a check failed: then nothing was published."""
    from include import steps

    told = get_current_context()["ti"].xcom_pull
    for warning in told(task_ids=DBT_BUILD, key=WARNED) or []:
        log.warning("dbt check warned: %s", warning)
    failed = _unpublished_because_of(task_states())
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


def _unpublished_because_of(states: dict[str, str]) -> list[str]:
    # A retry of a watcher may have mended what the build could not: the build's own failure counts only
    # where a model or a check was left out.
    others = {name: state for name, state in states.items() if name not in DBT_BUILD_TASKS}
    failed = sorted(name for name, state in others.items() if state == "failed")
    was_left_out = any(state == "skipped" for state in others.values())
    return failed or ([DBT_BUILD] if states.get(DBT_BUILD) in FAILED_STATES and was_left_out else [])
