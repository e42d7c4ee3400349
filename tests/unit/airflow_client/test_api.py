"""The pool, and the connections under which any DAG finds warehouse and bronze; Airflow knows some already."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.airflow_client.api import ensure_api_pool, ensure_connections
from include.settings import Settings
from tests.airflow_api import AirflowApi, Asked


@pytest.fixture
def airflow() -> Iterator[AirflowApi]:
    """Airflow, which knows the connection `bronze` already, and a pool with a similar name."""

    def answer(asked: Asked) -> tuple[int, Any]:
        is_unknown = asked.method == "PATCH" and asked.path != "/api/v2/connections/bronze"
        return (404 if is_unknown else 200), {"pools": [{"name": "alpha_vantage_of_mine"}]}

    with AirflowApi(answer) as api:
        yield api


def test_a_start_in_which_airflows_database_restarts_goes_on(airflow: AirflowApi) -> None:
    airflow.faults = [500]

    ensure_api_pool(airflow.settings)

    assert [asked.path for asked in airflow.asked] == ["/api/v2/pools"] * 2
    assert [asked.body.get("slots") for asked in airflow.asked] == [None, 4]


def test_a_known_pool_stays_as_a_user_set_it(airflow: AirflowApi) -> None:
    airflow.answer = lambda _asked: (200, {"pools": [{"name": "alpha_vantage", "slots": 2}]})

    ensure_api_pool(airflow.settings)

    assert [asked.method for asked in airflow.asked] == ["GET"]


def test_a_new_connection_is_made_and_a_known_one_renewed(airflow: AirflowApi, tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "stocklake_home": tmp_path,
            "airflow_url": airflow.url,
            "db_url": "postgresql://stocklake:p%40ss@db.example.com/stocks_dwh?sslmode=require&application_name=mine",
            "aws_endpoint_url": "https://s3.example.com",
            "aws_access_key_id": "KEY",
            "aws_secret_access_key": "SECRET",
        }
    )

    ensure_connections(settings)

    _, warehouse, bronze = [asked.body for asked in airflow.asked]
    asked = [(asked.method, asked.path) for asked in airflow.asked]
    made = [("PATCH", "/api/v2/connections/stocks_dwh"), ("POST", "/api/v2/connections")]
    assert asked == [*made, ("PATCH", "/api/v2/connections/bronze")]
    assert (warehouse["host"], warehouse["port"], warehouse["password"]) == ("db.example.com", 5432, "p@ss")
    rest = {"sslmode": "require", "application_name": "mine"}
    assert json.loads(warehouse["extra"]) == rest | {"sqlalchemy_query": rest}
    assert (bronze["login"], bronze["password"]) == ("KEY", "SECRET")
    assert json.loads(bronze["extra"])["endpoint_url"] == "https://s3.example.com"
