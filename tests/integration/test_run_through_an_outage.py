"""`make run` while Airflow's database restarts, as its user sees it: Airflow over HTTP, a real warehouse and lake."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from include.commands.__main__ import app
from include.settings import get_settings
from tests.airflow_api import AirflowApi, Asked
from tests.market_server import MarketServer

DAGS = [{"dag_id": name, "is_paused": False} for name in ("weekly_adjusted_prices", "gold_star_schema")]


class OneRun:
    """Airflow with one run, whose database goes away when the run is first looked at."""

    def __init__(self) -> None:
        self.api = AirflowApi(self.answer)
        self.states = ["running", "success"]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """What the API says."""
        name = asked.path.rpartition("/")[2]
        if asked.method == "POST":
            self.api.faults = [500, 500]
            return 200, asked.body
        known = {
            "dags": {"dags": DAGS},
            "dagRuns": {"dag_runs": []},
            "events": {"asset_events": []},
            "queuedEvents": {"queued_events": []},
            "taskInstances": {"task_instances": [], "total_entries": 0},
        }
        return 200, known.get(name) or {"state": self.states.pop(0)}


@pytest.fixture
def airflow(shared_market: MarketServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[OneRun]:
    one_run = OneRun()
    with one_run.api as api:
        monkeypatch.setenv("AIRFLOW_URL", api.url)
        monkeypatch.setenv("PIPELINE", "weekly")
        get_settings.cache_clear()
        yield one_run
    get_settings.cache_clear()


def test_a_run_is_followed_through_an_outage_which_is_said_once(airflow: OneRun) -> None:
    ended = CliRunner().invoke(app, ["run"])

    assert ended.exit_code == 0, ended.output
    assert airflow.states == []
    assert ended.stdout.count("Airflow does not answer at the moment: HTTP 500") == 1
    assert ended.stdout.count("Airflow answers again.") == 1
    assert "nothing to publish" in ended.stdout
    assert "refused" not in ended.output
    assert sum(asked.method == "POST" for asked in airflow.api.asked) == 1
