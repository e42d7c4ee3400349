"""What holds for every DAG, and the shape that the design gives each of them."""

import json
import subprocess
import sys
from contextlib import nullcontext
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from include.orchestration.retries import RETRIES_OF_A_PACED_CALL
from include.settings import PROJECT_ROOT
from include.silver.datasets import dataset_names
from include.sources import ALPHA_VANTAGE

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

DAG_IDS = sorted(path.stem for path in (PROJECT_ROOT / "dags").glob("*.py"))
SOURCE_DAGS = sorted({*DAG_IDS} - {"accept_week", "gold_star_schema", "replay_bronze"})
TASKS = ("plan", "fetch", "normalize", "validate", "report")
DAILY_TASKS = (
    "pipeline_start",
    "fetch_stock_data",
    "store_stock_data",
    "validate_data",
    "log_completion",
    "pipeline_end",
)
RUNBOOK = ("**Writes**", "**Grain**", "**Rerun**", "**When it fails**")
LAYERS = {"bronze", "silver", "gold"}
HEAVY = {"boto3", "cosmos.airflow.graph", "include.steps", "pandas", "polars", "psycopg"}
PARSE_CPU_SECONDS = 3.0  # ten times what it takes


def tasks_of(dag_id: str) -> tuple[str, ...]:
    """The tasks of a source DAG, from the first to the last."""
    return DAILY_TASKS if dag_id == "stock_data_pipeline" else TASKS


def dag(dag_bag: "DagBag", dag_id: str) -> "DAG":
    found = dag_bag.dags.get(dag_id)
    assert found is not None, dag_bag.import_errors
    return found


def test_every_file_is_read_without_error(dag_bag: "DagBag") -> None:
    assert dag_bag.import_errors == {}


def test_one_file_is_one_dag_is_its_name(dag_bag: "DagBag") -> None:
    assert sorted(dag_bag.dags) == DAG_IDS
    assert all(found.fileloc.endswith(f"/dags/{name}.py") for name, found in dag_bag.dags.items())


@pytest.mark.parametrize("dag_id", DAG_IDS)
class TestEveryDag:
    def test_runs_once_at_a_time_and_never_catches_up(self, dag_bag: "DagBag", dag_id: str) -> None:
        found = dag(dag_bag, dag_id)

        assert found.max_active_runs == 1
        assert found.catchup is False
        assert found.start_date is None, "a fresh installation would begin with a run of its own"

    def test_has_a_runbook(self, dag_bag: "DagBag", dag_id: str) -> None:
        text = dag(dag_bag, dag_id).doc_md or ""

        # Airflow's page draws a list; lines that follow each other would run together.
        assert [part for part in RUNBOOK if f"\n- {part} " not in text] == []
        assert {line[:2] for line in text.strip().splitlines()[2:]} == {"- ", "  "}

    def test_is_tagged_with_the_layers_it_writes(self, dag_bag: "DagBag", dag_id: str) -> None:
        tags = set(dag(dag_bag, dag_id).tags)

        assert tags and tags <= LAYERS

    def test_retries_by_the_one_policy_and_never_hangs(self, dag_bag: "DagBag", dag_id: str) -> None:
        from include.orchestration.gold import DBT_BUILD
        from include.orchestration.retries import RetryTransientErrors

        tasks = [task for task in dag(dag_bag, dag_id).tasks if task.task_id != DBT_BUILD]
        assert tasks
        for task in tasks:
            assert task.retries >= 1, task.task_id
            assert isinstance(task.retry_policy, RetryTransientErrors), task.task_id
            assert task.execution_timeout is not None, task.task_id

    def test_logs_what_it_refuses_without_a_trace(self, dag_bag: "DagBag", dag_id: str) -> None:
        from include.orchestration.refusals import log_refusals_as_sentences

        called = {task.task_id: list(task.on_execute_callback) for task in dag(dag_bag, dag_id).tasks}

        assert called
        assert [name for name, calls in called.items() if log_refusals_as_sentences not in calls] == []

    def test_goes_to_the_scheduler_and_back(self, dag_bag: "DagBag", dag_id: str) -> None:
        from airflow.serialization.serialized_objects import DagSerialization

        as_stored = json.dumps(DagSerialization.to_dict(dag(dag_bag, dag_id)))

        assert DagSerialization.from_dict(json.loads(as_stored)).dag_id == dag_id
        assert "password" not in as_stored.lower()


@pytest.mark.parametrize("dag_id", SOURCE_DAGS)
class TestSourceDags:
    def test_go_from_the_plan_to_the_report(self, dag_bag: "DagBag", dag_id: str) -> None:
        plan, fetch, normalize, *rest = tasks_of(dag_id)
        edges = {task.task_id: sorted(task.downstream_task_ids) for task in dag(dag_bag, dag_id).tasks}

        in_order = {name: [after] for name, after in pairwise([fetch, normalize, *rest])}
        assert edges == {plan: sorted([fetch, normalize]), **in_order, rest[-1]: []}

    def test_let_one_failed_fetch_stop_nothing(self, dag_bag: "DagBag", dag_id: str) -> None:
        going_on = {task.task_id for task in dag(dag_bag, dag_id).tasks if task.trigger_rule == "all_done"}

        assert going_on == set(tasks_of(dag_id)[2:])

    def test_map_groups_of_symbols_plainly(self, dag_bag: "DagBag", dag_id: str) -> None:
        from airflow.sdk.definitions.mappedoperator import MappedOperator

        tasks = dag(dag_bag, dag_id).task_dict
        mapped = {name: task for name, task in tasks.items() if isinstance(task, MappedOperator)}

        assert set(mapped) == set(tasks_of(dag_id)[1:3])
        assert all("symbols" in str(task.map_index_template) for task in mapped.values())
        assert all(task.get_closest_mapped_task_group() is None for task in mapped.values())

    def test_fetch_in_the_pool_that_the_stack_makes(self, dag_bag: "DagBag", dag_id: str) -> None:
        tasks = dag(dag_bag, dag_id).task_dict

        assert [name for name, task in tasks.items() if task.pool == ALPHA_VANTAGE] == [tasks_of(dag_id)[1]]
        assert tasks[tasks_of(dag_id)[1]].retries == RETRIES_OF_A_PACED_CALL

    def test_ask_for_symbols_and_force_in_their_form(self, dag_bag: "DagBag", dag_id: str) -> None:
        assert dag(dag_bag, dag_id).params.dump() == {"symbols": "", "force": False}

    def test_hand_over_from_the_check_of_silver_alone(self, dag_bag: "DagBag", dag_id: str) -> None:
        outlets = {task.task_id: [asset.name for asset in task.outlets] for task in dag(dag_bag, dag_id).tasks}
        handing_over = {name: assets for name, assets in outlets.items() if assets}

        assert list(handing_over) == [tasks_of(dag_id)[3]]
        assert len(handing_over[tasks_of(dag_id)[3]]) == 1


def test_each_dataset_has_one_dag_and_its_asset(dag_bag: "DagBag") -> None:
    assets = [dag(dag_bag, name).task_dict[tasks_of(name)[3]].outlets[0].name for name in SOURCE_DAGS]

    assert len(assets) >= 3
    assert sorted(assets) == [f"silver.{name}" for name in sorted(dataset_names())]


class TestDailyPrices:
    def test_run_at_six_in_the_morning(self, dag_bag: "DagBag") -> None:
        timetable = dag(dag_bag, "stock_data_pipeline").timetable

        assert (timetable.expression, str(timetable.timezone)) == ("0 6 * * *", "UTC")

    def test_try_three_times_more_from_five_minutes_on(self, dag_bag: "DagBag") -> None:
        tasks = dict(dag(dag_bag, "stock_data_pipeline").task_dict)
        assert {task.retry_delay for task in tasks.values()} == {timedelta(minutes=5)}
        assert {task.retry_exponential_backoff for task in tasks.values()} == {2.0}

        del tasks["fetch_stock_data"]  # whose pace the API says
        assert {task.retries for task in tasks.values()} == {3}

    def test_a_bug_in_a_paced_task_is_tried_as_often(self, dag_bag: "DagBag") -> None:
        policy = dag(dag_bag, "stock_data_pipeline").task_dict["fetch_stock_data"].retry_policy

        decisions = [policy.evaluate(RuntimeError("a bug"), number, 500).action.value for number in range(1, 5)]
        assert decisions == ["default", "default", "default", "fail"]

    def test_give_each_task_half_an_hour(self, dag_bag: "DagBag") -> None:
        tasks = dag(dag_bag, "stock_data_pipeline").tasks

        assert {task.execution_timeout for task in tasks} == {timedelta(minutes=30)}

    @pytest.mark.parametrize("rows", [0, 7])
    def test_tell_gold_only_of_rows(self, dag_bag: "DagBag", monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
        from airflow.sdk.exceptions import AirflowSkipException

        from include import steps
        from include.orchestration.tasks import SILVER

        monkeypatch.setattr(steps, "validate", lambda *_: rows)
        event = SimpleNamespace(extra=None)
        task: Any = dag(dag_bag, "stock_data_pipeline").task_dict["validate_data"]
        with nullcontext() if rows else pytest.raises(AirflowSkipException, match="nothing to publish"):
            task.python_callable("daily_prices", "b", outlet_events={SILVER["daily_prices"]: event})

        assert event.extra == ({"execution_batch_id": "b", "rows_changed": 7} if rows else None)

    def test_end_whatever_happened_before(self, dag_bag: "DagBag") -> None:
        leaves = dag(dag_bag, "stock_data_pipeline").leaves

        assert [(task.task_id, task.trigger_rule) for task in leaves] == [("pipeline_end", "all_done")]


class TestGold:
    def test_follows_any_silver_asset(self, dag_bag: "DagBag") -> None:
        from airflow.sdk import AssetAny

        condition = dag(dag_bag, "gold_star_schema").timetable.asset_condition

        assert isinstance(condition, AssetAny)
        assert len(condition.objects) == len(SOURCE_DAGS)

    def test_leaves_slots_to_the_other_dags(self, dag_bag: "DagBag") -> None:
        assert dag(dag_bag, "gold_star_schema").max_active_tasks < 4

    def test_publishes_after_every_check_it_runs(self, dag_bag: "DagBag") -> None:
        gold = dag(dag_bag, "gold_star_schema")
        checks = {name for name in gold.task_dict if name.endswith(".test")}
        publication = gold.task_dict["dbt.publications.run"]

        assert len(checks) > 5
        # What was left out is in the ledger only once it is committed; no error follows from that check.
        assert checks - publication.get_flat_relative_ids(upstream=True) == {"dbt.publications.test"}

    def test_shows_every_check_but_those_of_whole_tables(self, dag_bag: "DagBag") -> None:
        from include.orchestration.gold import DBT_BUILD

        nodes = json.loads((PROJECT_ROOT / "dbt_project" / "target" / "publication_manifest.json").read_text())["nodes"]
        of_a_publication = {
            name for name, node in nodes.items() if name.startswith("test.") and "whole_table" not in node["tags"]
        }
        watched: dict[str, list[str]] = dag(dag_bag, "gold_star_schema").task_dict[DBT_BUILD].tests_per_model

        assert of_a_publication
        assert {check for checks in watched.values() for check in checks} == of_a_publication

    def test_announces_the_publication_once_dbt_and_its_watcher_are_done_with_it(self, dag_bag: "DagBag") -> None:
        from include.orchestration.gold import DBT_BUILD

        gold = dag(dag_bag, "gold_star_schema")
        announcing = gold.task_dict["announce_publication"]

        assert [asset.name for asset in announcing.outlets] == ["gold"]
        assert announcing.trigger_rule == "all_done"
        assert announcing.upstream_task_ids == {"dbt.publications.run", DBT_BUILD}
        assert announcing.downstream_task_ids == {"report_publication"}
        assert [task.task_id for task in gold.tasks if task.outlets] == ["announce_publication"]

    @pytest.mark.usefixtures("manifest")
    def test_knows_nothing_of_hooks_which_are_no_tasks(self) -> None:
        nodes = json.loads((PROJECT_ROOT / "dbt_project" / "target" / "publication_manifest.json").read_text())["nodes"]

        kinds = {name.split(".")[0] for name in nodes}

        assert {"model", "seed", "test"} <= kinds
        assert "operation" not in kinds

    def test_ends_in_its_report_whatever_happened(self, dag_bag: "DagBag") -> None:
        gold = dag(dag_bag, "gold_star_schema")

        assert [task.task_id for task in gold.leaves] == ["report_publication"]
        assert gold.task_dict["report_publication"].trigger_rule == "all_done"

    def test_runs_dbt_once_and_retries_its_watchers(self, dag_bag: "DagBag") -> None:
        from include.orchestration.gold import DBT_BUILD

        tasks = dag(dag_bag, "gold_star_schema").task_dict
        watchers = [task for task in tasks.values() if task.task_type.endswith("WatcherOperator")]
        watchers.remove(tasks[DBT_BUILD])

        assert tasks[DBT_BUILD].retries == 0
        assert len(watchers) > 20
        assert {task.deferrable for task in watchers} == {False}


def test_a_replay_begins_as_a_dry_run(dag_bag: "DagBag") -> None:
    replay = dag(dag_bag, "replay_bronze")

    assert replay.params.dump() == {"symbols": "", "from": None, "to": None, "new_history": False, "dry_run": True}
    assert replay.task_dict["hand_over"].upstream_task_ids == {"replay"}


def test_accepting_a_week_asks_for_it_and_hands_over_like_a_replay(dag_bag: "DagBag") -> None:
    accept = dag(dag_bag, "accept_week")

    assert accept.params.dump() == {"symbol": "", "week": None, "undo": False}
    assert accept.task_dict["hand_over"].upstream_task_ids == {"accept"}
    assert [asset.name for asset in accept.task_dict["hand_over"].outlets] == ["silver.weekly_adjusted_prices"]


READ_A_FILE = """
import json, runpy, sys, time
import airflow.sdk
began = time.process_time()
runpy.run_path(sys.argv[1])
print(json.dumps({"seconds": time.process_time() - began, "modules": sorted(sys.modules)}))
"""


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_reading_a_file_is_cheap(manifest: None, dag_id: str) -> None:
    file = PROJECT_ROOT / "dags" / f"{dag_id}.py"
    program = [sys.executable, "-c", READ_A_FILE, str(file)]
    ended = subprocess.run(program, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    seen: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])

    allowed = {"cosmos.airflow.graph"} if dag_id == "gold_star_schema" else set()
    assert HEAVY & set(seen["modules"]) <= allowed
    assert seen["seconds"] < PARSE_CPU_SECONDS
