"""The connections under which any DAG finds the warehouse and bronze, against an Airflow that knows some already."""

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
    """Airflow, which knows the connection `bronze` already."""

    def answer(asked: Asked) -> tuple[int, Any]:
        is_known = asked.method == "POST" and asked.body.get("connection_id") == "bronze"
        return (409 if is_known else 200), {}

    with AirflowApi(answer) as api:
        yield api


def test_a_start_in_which_airflows_database_restarts_goes_on(airflow: AirflowApi) -> None:
    airflow.faults = [500]

    ensure_api_pool(airflow.settings)

    assert [asked.path for asked in airflow.asked] == ["/api/v2/pools"]


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

    warehouse, _, bronze = [asked.body for asked in airflow.asked]
    asked = [(asked.method, asked.path) for asked in airflow.asked]
    assert asked == [*[("POST", "/api/v2/connections")] * 2, ("PATCH", "/api/v2/connections/bronze")]
    assert (warehouse["host"], warehouse["port"], warehouse["password"]) == ("db.example.com", 5432, "p@ss")
    rest = {"sslmode": "require", "application_name": "mine"}
    assert json.loads(warehouse["extra"]) == rest | {"sqlalchemy_query": rest}
    assert (bronze["login"], bronze["password"]) == ("KEY", "SECRET")
    assert json.loads(bronze["extra"])["endpoint_url"] == "https://s3.example.com"
