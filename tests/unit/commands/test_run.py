"""How a run is followed, against an Airflow that says what a test tells it."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from include.airflow_client.runs import AirflowRuns, Run, Waits
from include.commands import run as follow
from include.commands.output.run_progress import follow_run, follow_runs, stage_of, stages_of
from include.commands.output.run_results import GOLD
from include.errors import StackError
from include.settings import PROJECT_ROOT, Settings
from include.terminal import INTERRUPTED
from tests.airflow_api import AirflowApi, Asked

WEEKLY = Run("weekly_adjusted_prices", "run-1")
GOLD_RUNS = "/api/v2/dags/gold_star_schema/dagRuns"
QUEUED = "/api/v2/dags/gold_star_schema/assets/queuedEvents"
NOTHING_QUEUED: dict[str, Any] = {QUEUED: {"queued_events": []}}
HANDED_OVER_AT = "2026-01-02T00:00:05.123456Z"
Answers = dict[str, Any]


@pytest.fixture
def runs_of() -> Iterator[Callable[..., AirflowRuns]]:
    """An Airflow whose API is a function; nobody waits for it."""
    with ExitStack() as servers:

        def build(answer: Callable[[Asked], tuple[int, Any]], **options: Any) -> AirflowRuns:
            api = servers.enter_context(AirflowApi(answer))
            return AirflowRuns(api.settings, Waits(pause=0, import_errors=0, handover=0), **options)

        yield build


@pytest.fixture
def airflow(runs_of: Callable[..., AirflowRuns]) -> Callable[[Answers], AirflowRuns]:
    """An Airflow that answers each path of its API as written down, and 404 elsewhere."""
    return lambda answers: runs_of(
        lambda asked: (200, answers[asked.path]) if asked.path in answers else (404, "unknown")
    )


def task(task_id: str, state: str | None, start_date: str | None = None) -> dict[str, Any]:
    return {"task_id": task_id, "state": state, "start_date": start_date}


def event(*created: tuple[str, str]) -> dict[str, Any]:
    runs = [{"dag_id": dag_id, "run_id": run_id} for dag_id, run_id in created]
    return {"timestamp": HANDED_OVER_AT, "created_dagruns": runs}


def test_stages_count_their_task_instances_by_outcome_in_the_order_in_which_they_began() -> None:
    stages = stages_of(
        [
            task("report", None),
            task("fetch", "failed", "2026-01-02T00:00:02Z"),
            task("fetch", "success", "2026-01-02T00:00:03Z"),
            task("fetch", "running", "2026-01-02T00:00:04Z"),
            task("fetch", "skipped", "2026-01-02T00:00:05Z"),
            task("plan", "success", "2026-01-02T00:00:01Z"),
        ],
        seconds=5,
    )

    assert [(stage.name, str(stage)) for stage in stages] == [
        ("plan", "done"),
        ("fetch", "1 done, 1 failed, 1 skipped of 4"),
        ("report", "0 done of 1"),
    ]


# As Airflow tells of a run that had nothing to do: a mapped task without anything to map over is one that was skipped.
NOTHING_PLANNED = [
    *(task(name, "success", f"2026-01-02T00:00:0{second}Z") for second, name in ((1, "plan"), (4, "report"))),
    *(task(name, "skipped", "2026-01-02T00:00:02Z") for name in ("fetch", "normalize", "validate")),
]
WITH_A_FAILURE = [
    *(task("fetch", state, "2026-01-02T00:00:01Z") for state in ("success", "success", "failed", "skipped")),
    *(task("normalize", state, "2026-01-02T00:00:02Z") for state in ("success", "upstream_failed")),
]


@pytest.mark.parametrize("is_terminal", [False, True])
@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        (
            NOTHING_PLANNED,
            {"plan": "done", "fetch": "skipped", "normalize": "skipped", "validate": "skipped", "report": "done"},
        ),
        (
            WITH_A_FAILURE,
            {"fetch": "2 done, 1 failed, 1 skipped", "normalize": "1 done, 1 not run after a failure"},
        ),
    ],
)
def test_what_was_skipped_or_failed_is_never_said_to_be_done(
    runs_of: Callable[..., AirflowRuns], tasks: list[dict[str, Any]], told: dict[str, str], *, is_terminal: bool
) -> None:
    console = Console(record=True, width=80, force_terminal=is_terminal, file=io.StringIO())

    def answer(asked: Asked) -> tuple[int, Any]:
        is_tasks = asked.path.endswith("/taskInstances")
        return 200, {"task_instances": tasks, "total_entries": len(tasks)} if is_tasks else {"state": "success"}

    assert follow_run(runs_of(answer), console, WEEKLY)

    said = console.export_text()
    lines = said[said.rindex(f"  {next(iter(told))}") :].rstrip().splitlines()  # a terminal draws all of it again
    shown = {line.split()[0]: re.sub(r"\d+(\.\d+ s|:\d\d:\d\d)|━", "", line).split() for line in lines}
    assert {name: " ".join(words[1:]) for name, words in shown.items()} == told
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("task_id", "stage"),
    [
        ("plan", "plan"),
        ("dbt.dim_stock.run", "dbt models"),
        ("dbt.stock_weeks_run", "dbt models"),
        ("dbt.dim_stock.test", "dbt models checked"),
        ("dbt.stock_metadata_seed", "dbt seeds"),
        ("dbt.dbt_producer_watcher", "dbt build"),
        ("dbt.dbt_producer_watcher_done", "dbt build"),
    ],
)
def test_the_tasks_of_dbt_are_counted_by_what_they_do(task_id: str, stage: str) -> None:
    assert stage_of(task_id) == stage


def test_gold_is_the_run_that_the_event_created(airflow: Callable[[Answers], AirflowRuns]) -> None:
    events = {"asset_events": [event(("another_dag", "x"), ("gold_star_schema", "gold-7"))]}

    gold = airflow({"/api/v2/assets/events": events}).wait_for_run_after(WEEKLY, "gold_star_schema")

    assert gold == Run("gold_star_schema", "gold-7")


def test_no_event_means_that_there_is_nothing_to_publish(airflow: Callable[[Answers], AirflowRuns]) -> None:
    responses = {
        "/api/v2/assets/events": {"asset_events": []},
        GOLD_RUNS: {"dag_runs": []},
    }

    assert airflow(responses | NOTHING_QUEUED).wait_for_run_after(WEEKLY, "gold_star_schema") is None


def test_a_publication_under_way_for_an_earlier_run_is_followed(airflow: Callable[[Answers], AirflowRuns]) -> None:
    under_way = {"dag_runs": [{"dag_run_id": "gold-6"}]}
    responses = {"/api/v2/assets/events": {"asset_events": []}, GOLD_RUNS: under_way}

    gold = airflow(responses | NOTHING_QUEUED).wait_for_run_after(WEEKLY, "gold_star_schema")
    assert gold == Run("gold_star_schema", "gold-6")


def test_an_event_that_causes_no_run_is_an_error(airflow: Callable[[Answers], AirflowRuns]) -> None:
    responses = {"/api/v2/assets/events": {"asset_events": [event()]}, GOLD_RUNS: {"dag_runs": []}}

    with pytest.raises(StackError, match="scheduler"):
        airflow(responses).wait_for_run_after(WEEKLY, "gold_star_schema")


class OnePublication:
    """Three runs hand over while gold is published: Airflow names in the next publication the first of them alone."""

    def __init__(self, looks_under_way: int) -> None:
        self.looks_under_way = looks_under_way

    def __call__(self, asked: Asked) -> tuple[int, Any]:
        is_over = self.looks_under_way <= 0
        if asked.path == "/api/v2/assets/events":
            is_named = is_over and asked.query["source_run_id"] == "run-1"
            return 200, {"asset_events": [event(*[("gold_star_schema", "gold-8")] * is_named)]}
        assert asked.path == GOLD_RUNS
        if "start_date_gte" in asked.query:
            assert asked.query["start_date_gte"] == HANDED_OVER_AT
            return 200, {"dag_runs": [{"dag_run_id": name} for name in ("gold-8", "gold-9")] if is_over else []}
        self.looks_under_way -= 1
        return 200, {"dag_runs": [{"dag_run_id": "gold-7"}]}


def test_a_run_that_left_its_rows_to_the_request_of_another_follows_the_next_publication(
    runs_of: Callable[..., AirflowRuns],
) -> None:
    told: list[str] = []
    looks = iter(["gold-7", "gold-8"])

    def answer(asked: Asked) -> tuple[int, Any]:
        if asked.path == "/api/v2/assets/events":
            return 200, {"asset_events": []}
        if asked.path == QUEUED:
            return 200, {"queued_events": [{"asset_id": 1}] * (len(told) < 1)}
        return 200, {"dag_runs": [{"dag_run_id": next(looks)}]}

    gold = runs_of(answer, tell=told.append).wait_for_run_after(WEEKLY, "gold_star_schema")

    assert gold == Run("gold_star_schema", "gold-8")
    assert told == ["gold-7 of gold_star_schema is under way: the next run of it publishes what this one changed."]


@pytest.mark.parametrize("run_id", ["run-1", "run-2", "run-3"])
def test_each_of_several_runs_behind_one_publication_follows_it(
    runs_of: Callable[..., AirflowRuns], run_id: str
) -> None:
    told: list[str] = []
    airflow = runs_of(OnePublication(looks_under_way=3), tell=told.append)

    gold = airflow.wait_for_run_after(Run("weekly_adjusted_prices", run_id), "gold_star_schema")

    assert gold == Run("gold_star_schema", "gold-8")
    assert told == ["gold-7 of gold_star_schema is under way: the next run of it publishes what this one changed."]


def test_a_dag_that_cannot_be_read_is_named_with_its_error(airflow: Callable[[Answers], AirflowRuns]) -> None:
    broken = {"filename": "gold_star_schema.py", "stack_trace": "Traceback\nModuleNotFoundError: no module"}
    responses = {"/api/v2/dags": {"dags": []}, "/api/v2/importErrors": {"import_errors": [broken]}}

    with pytest.raises(StackError, match=r"has not read gold_star_schema; gold_star_schema\.py: ModuleNotFoundError"):
        airflow(responses).wait_for_dags(["gold_star_schema"])


class AwayForLonger:
    """An Airflow that is away for longer than is waited for, after the first question, and then has `came` to say."""

    def __init__(self, before: Answers, came: Answers) -> None:
        self.before, self.came = before, came
        self.api = AirflowApi(self.answer)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        is_first = len(self.api.asked) == 1
        if is_first:
            self.api.faults = [500] * 30
        return 200, (self.before if is_first else self.before | self.came)[asked.path]

    def __enter__(self) -> AirflowRuns:
        api = self.api.__enter__()
        return AirflowRuns(api.settings, Waits(pause=0.01, first_look=0.1, import_errors=0.1, handover=0.1))

    def __exit__(self, *_: object) -> None:
        self.api.stop()


def test_an_outage_is_no_run_that_does_not_begin() -> None:
    handed_over = {"/api/v2/assets/events": {"asset_events": [event()]}, GOLD_RUNS: {"dag_runs": []}}
    began = {"/api/v2/assets/events": {"asset_events": [event(("gold_star_schema", "gold-8"))]}}

    with AwayForLonger(handed_over, began) as airflow:
        assert airflow.wait_for_run_after(WEEKLY, "gold_star_schema") == Run("gold_star_schema", "gold-8")


def test_an_outage_is_no_dag_that_is_not_read() -> None:
    unread = {"/api/v2/dags": {"dags": []}, "/api/v2/importErrors": {"import_errors": []}}
    read = {"/api/v2/dags": {"dags": [{"dag_id": "gold_star_schema", "is_paused": False}]}}

    with AwayForLonger(unread, read) as airflow:
        airflow.wait_for_dags(["gold_star_schema"])


def test_a_paused_dag_is_said_rather_than_waited_for(airflow: Callable[[Answers], AirflowRuns]) -> None:
    paused = {"dags": [{"dag_id": "gold_star_schema", "is_paused": True}]}

    with pytest.raises(StackError, match="gold_star_schema is paused"):
        airflow({"/api/v2/dags": paused}).wait_for_dags(["gold_star_schema"])


def test_every_page_of_task_instances_is_read(runs_of: Callable[..., AirflowRuns]) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        page = [task("fetch", "success") for _ in range(min(100, 230 - int(asked.query["offset"])))]
        return 200, {"task_instances": page, "total_entries": 230}

    assert len(list(runs_of(answer).tasks(WEEKLY))) == 230


def test_what_airflow_refuses_is_repeated(airflow: Callable[[Answers], AirflowRuns]) -> None:
    with pytest.raises(StackError, match='404 "unknown"'):
        airflow({}).trigger("no_such_dag", {})


def test_a_disk_that_fills_up_is_told_once_while_a_run_waits_for_room(
    runs_of: Callable[..., AirflowRuns], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.commands.output.run_progress.POLL_SECONDS", 0)
    states, console = iter(["running", "running", "success"]), Console(record=True, width=100)

    def answer(asked: Asked) -> tuple[int, Any]:
        is_tasks = asked.path.endswith("/taskInstances")
        return 200, {"task_instances": [], "total_entries": 0} if is_tasks else {"state": next(states)}

    assert follow_run(runs_of(answer), console, WEEKLY, warnings=lambda: ["The disk of [/home] is full"])
    assert console.export_text().count("! The disk of [/home] is full") == 1


@pytest.mark.parametrize(
    ("chosen", "dag_ids"),
    [
        ("weekly", ("weekly_adjusted_prices",)),
        ("daily", ("splits", "dividends", "stock_data_pipeline")),
        ("all", follow.chosen_pipelines()),
        ("", follow.chosen_pipelines()),
    ],
)
def test_pipeline_names_what_is_started(monkeypatch: pytest.MonkeyPatch, chosen: str, dag_ids: tuple[str, ...]) -> None:
    monkeypatch.setattr(follow, "get_settings", lambda: Settings.model_validate({"pipeline": chosen}))

    assert follow.chosen_pipelines() == dag_ids


def test_all_is_every_dag_that_asks_the_source_in_the_order_of_the_budget() -> None:
    asking = {path.stem for path in (PROJECT_ROOT / "dags").glob("*.py") if "source_tasks(" in path.read_text()}

    assert set(follow.chosen_pipelines()) == asking
    assert follow.chosen_pipelines()[0] == "weekly_adjusted_prices"
    assert follow.chosen_pipelines()[-1] == "stock_data_pipeline"


def test_another_pipeline_is_refused() -> None:
    with pytest.raises(ValueError, match="'weekly', 'daily' or 'all'"):
        Settings.model_validate({"pipeline": "monthly"})


class Together:
    """Three DAGs that run at the same time: the last in the list ends first, and the first one fails."""

    def __init__(self, events: dict[str, list[dict[str, Any]]]) -> None:
        self.events, self.looks = events, dict.fromkeys(("weekly", "facts", "daily"), 0)

    def __call__(self, asked: Asked) -> tuple[int, Any]:
        *_, dag_id, kind, run_id = ["", "", "", *asked.path.removesuffix("/taskInstances").split("/")]
        if asked.path.endswith("/taskInstances"):
            return 200, {
                "task_instances": [task("fetch", "success", "2026"), task("report", "failed")],
                "total_entries": 2,
            }
        if asked.path == "/api/v2/assets/events":
            return 200, {"asset_events": self.events[asked.query["source_dag_id"]]}
        if kind != "dagRuns":
            return 200, {"dag_runs": [], "queued_events": []}
        if run_id.startswith("gold"):
            return 200, {"state": "success"}
        self.looks[dag_id] += 1
        is_over = self.looks[dag_id] > {"daily": 0, "facts": 1, "weekly": 2}[dag_id]
        return 200, {"state": "running" if not is_over else "failed" if dag_id == "weekly" else "success"}


def test_runs_that_go_on_together_are_followed_until_the_last_one_ends(
    runs_of: Callable[..., AirflowRuns], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.commands.output.run_progress.POLL_SECONDS", 0)
    console = Console(record=True, width=100)
    runs = [Run(name, "run-1") for name in ("weekly", "facts", "daily")]

    ended = follow_runs(runs_of(Together({})), console, runs)

    assert [(run.dag_id, went_well) for run, went_well in ended.items()] == [
        ("daily", True),
        ("facts", True),
        ("weekly", False),
    ]
    assert [line.split()[0] for line in console.export_text().splitlines()] == ["daily", "facts", "weekly"]


@pytest.mark.parametrize(
    ("events", "followed"),
    [
        ({"weekly": "gold-1", "facts": "gold-1", "daily": "gold-1"}, ["gold-1"]),
        ({"weekly": "gold-2", "facts": "gold-1", "daily": "gold-1"}, ["gold-1", "gold-2"]),
        ({"weekly": "gold-1", "facts": None, "daily": None}, ["gold-1"]),
        ({"weekly": None, "facts": None, "daily": None}, []),
    ],
)
def test_each_publication_of_several_runs_is_followed_once(
    runs_of: Callable[..., AirflowRuns],
    monkeypatch: pytest.MonkeyPatch,
    events: dict[str, str | None],
    followed: list[str],
) -> None:
    monkeypatch.setattr(follow, "print_checks", lambda *_: None)
    console = Console(record=True, width=200)
    caused = {dag_id: [event((GOLD, name))] if name else [] for dag_id, name in events.items()}
    runs = [Run(name, "run-1") for name in ("daily", "facts", "weekly")]

    assert follow._follow_to_gold(runs_of(Together(caused)), console, runs)

    text = console.export_text()
    assert re.findall(r"runs/(gold-\d)", text) == followed
    assert ("nothing to publish" in text) is not bool(followed)


@pytest.mark.parametrize(("airflow_url", "is_followed"), [(None, False), ("http://api-server:8080", True)])
def test_only_an_embedded_airflow_must_have_been_started_here(
    airflow_url: str | None, is_followed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = Settings.model_validate({"stocklake_home": tmp_path, "airflow_url": airflow_url})
    monkeypatch.setattr(follow, "get_settings", lambda: settings)
    monkeypatch.setattr(follow, "run_pipelines", lambda *_, **_options: INTERRUPTED)

    if is_followed:
        assert follow.run() == INTERRUPTED
    else:
        with pytest.raises(StackError, match="Nothing runs"):
            follow.run()
