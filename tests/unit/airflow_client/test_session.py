"""What becomes of a question to Airflow while its API, or the database behind it, is away: against real HTTP."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from include.airflow_client.runs import AirflowRuns, Run, Waits
from include.airflow_client.session import AirflowSession
from include.errors import AirflowSilent, StackError
from tests.airflow_api import HANG_UP, AirflowApi, Asked

DAG_RUNS = "/api/v2/dags/weekly/dagRuns"


class Runs:
    """The runs that Airflow knows, by id; one of a known id is a conflict."""

    def __init__(self) -> None:
        self.known: list[str] = []

    def __call__(self, asked: Asked) -> tuple[int, Any]:
        if asked.method != "POST":
            return (200, {"state": "running"}) if asked.path.startswith(DAG_RUNS) else (404, "no such thing")
        if asked.body["dag_run_id"] in self.known:
            return 409, {"detail": {"reason": "Unique constraint violation"}}
        self.known.append(asked.body["dag_run_id"])
        return 200, {"dag_run_id": asked.body["dag_run_id"]}


@pytest.fixture
def airflow() -> Iterator[AirflowApi]:
    with AirflowApi(Runs()) as api:
        yield api


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def runs(airflow: AirflowApi, told: list[str]) -> AirflowRuns:
    return AirflowRuns(airflow.settings, Waits(pause=0.01, silence=5), tell=told.append)


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ([500, 500, 503, 500], "HTTP 500, as while its database starts"),
        ([HANG_UP, HANG_UP, HANG_UP], "Server disconnected without sending a response"),
        ([503, 500], "HTTP 503"),
    ],
)
def test_an_outage_is_waited_for_and_said_once(
    airflow: AirflowApi, runs: AirflowRuns, told: list[str], faults: list[int], words: str
) -> None:
    run = runs.trigger("weekly", {})
    airflow.faults = faults

    assert runs.state(run) == "running"

    assert len(told) == 2
    assert told[0].startswith(f"Airflow does not answer at the moment: {words}")
    assert "What runs goes on" in told[0]
    assert "hidden" not in told[0]
    assert told[1] == "Airflow answers again."


def test_who_comes_while_the_database_is_away_waits_at_the_login(
    airflow: AirflowApi, runs: AirflowRuns, told: list[str]
) -> None:
    airflow.faults = [500, HANG_UP, 500]

    runs.trigger("weekly", {})

    assert "at the login" in told[0]
    assert len(told) == 2


def test_a_restarted_server_is_waited_for_and_logged_in_to_again(
    airflow: AirflowApi, runs: AirflowRuns, told: list[str]
) -> None:
    run = runs.trigger("weekly", {})
    airflow.stop()
    threading.Timer(0.2, airflow.start_again).start()

    assert runs.state(run) == "running"

    assert airflow.logins == 2
    assert len(told) == 2


def test_a_token_that_has_run_out_is_no_outage(airflow: AirflowApi, runs: AirflowRuns, told: list[str]) -> None:
    run = runs.trigger("weekly", {})
    airflow.token = "another"

    assert runs.state(run) == "running"

    assert airflow.logins == 2
    assert told == []


@pytest.mark.parametrize("fault", [HANG_UP, 500])
def test_a_trigger_that_is_asked_again_begins_one_run(airflow: AirflowApi, runs: AirflowRuns, fault: int) -> None:
    assert runs.state(Run("weekly", "x")) == "running"
    airflow.faults = [fault, fault]

    run = runs.trigger("weekly", {"symbols": "IBM"})

    posted = [asked.body["dag_run_id"] for asked in airflow.asked if asked.method == "POST"]
    assert len(posted) == (3 if fault == HANG_UP else 1)  # a request that hung up was carried out all the same
    assert set(posted) == {run.run_id} == set(airflow.answer.known)  # type: ignore[attr-defined]


def test_two_triggers_are_two_runs(runs: AirflowRuns) -> None:
    assert runs.trigger("weekly", {}) != runs.trigger("weekly", {})


def test_what_airflow_refuses_is_no_outage(airflow: AirflowApi, runs: AirflowRuns, told: list[str]) -> None:
    with pytest.raises(StackError, match="Airflow refused /api/v2/dags/other/dagRuns/x: 404") as refused:
        runs.state(Run("other", "x"))

    assert not isinstance(refused.value, AirflowSilent)
    assert told == []


def test_a_login_that_is_refused_is_said_at_once(airflow: AirflowApi, runs: AirflowRuns, told: list[str]) -> None:
    airflow.faults = [401]

    with pytest.raises(StackError, match="does not let admin in: HTTP 401"):
        runs.trigger("weekly", {})

    assert told == []


def test_waiting_has_an_end(airflow: AirflowApi) -> None:
    airflow.faults = [500] * 1_000

    with pytest.raises(AirflowSilent, match=r"Airflow has not answered for 0 minutes: HTTP 500.*`make status`"):
        AirflowSession(airflow.settings, silence=0.1, pause=0.01).get("/api/v2/dags")
