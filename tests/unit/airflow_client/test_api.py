"""The connections under which any DAG finds the warehouse and bronze, against an Airflow that knows some already."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.airflow_client import api as airflow_api
from include.airflow_client.api import CONFLICT, ensure_connections
from include.settings import Settings

Told = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What Airflow is told; it knows the connection `bronze` already."""
    told: Told = []

    def handle(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        told.append((request.method, request.url.path, body))
        is_known = request.method == "POST" and body["connection_id"] == "bronze"
        return httpx.Response(CONFLICT if is_known else 200, json={})

    client = httpx.Client(base_url="http://airflow", transport=httpx.MockTransport(handle))
    monkeypatch.setattr(airflow_api, "airflow_client", lambda _settings: client)
    return told


def test_a_new_connection_is_made_and_a_known_one_renewed(airflow: Told, tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "stocklake_home": tmp_path,
            "db_url": "postgresql://stocklake:p%40ss@db.example.com/stocks_dwh?sslmode=require&application_name=mine",
            "aws_endpoint_url": "https://s3.example.com",
            "aws_access_key_id": "KEY",
            "aws_secret_access_key": "SECRET",
        }
    )

    ensure_connections(settings)

    (_, _, warehouse), _, (_, _, bronze) = airflow
    asked = [(method, path) for method, path, _ in airflow]
    assert asked == [*[("POST", "/api/v2/connections")] * 2, ("PATCH", "/api/v2/connections/bronze")]
    assert (warehouse["host"], warehouse["port"], warehouse["password"]) == ("db.example.com", 5432, "p@ss")
    rest = {"sslmode": "require", "application_name": "mine"}
    assert json.loads(warehouse["extra"]) == rest | {"sqlalchemy_query": rest}
    assert (bronze["login"], bronze["password"]) == ("KEY", "SECRET")
    assert json.loads(bronze["extra"])["endpoint_url"] == "https://s3.example.com"
