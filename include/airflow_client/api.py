"""What Airflow is told and asked at a start: the pool of API calls, the connections, the health of its components."""

import json

import httpx

from include.airflow_client.session import TIMEOUT_SECONDS, AirflowSession
from include.settings import Settings, parameters_of
from include.sources import ALPHA_VANTAGE

API_POOL_SLOTS = 4
COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
POSTGRES_PORT = "5432"


def ensure_api_pool(settings: Settings) -> None:
    """Make the pool that limits how many API calls are under way at once; what a user set stays."""
    pool = {"name": ALPHA_VANTAGE, "slots": API_POOL_SLOTS, "description": "API calls under way at once"}
    with AirflowSession(settings) as airflow:
        similar = airflow.get("/api/v2/pools", pool_name_pattern=ALPHA_VANTAGE)["pools"]
        if ALPHA_VANTAGE not in (found["name"] for found in similar):
            airflow.post("/api/v2/pools", pool)


def ensure_connections(settings: Settings) -> None:
    """Make or renew the connections under which any DAG finds the warehouse and bronze."""
    with AirflowSession(settings) as airflow:
        for connection in (_warehouse_connection(settings), _bronze_connection(settings)):
            # Renew first: a refused INSERT would stand in Postgres's log with its values, and as an error in Airflow's.
            if airflow.patch(f"/api/v2/connections/{connection['connection_id']}", connection) is None:
                airflow.post("/api/v2/connections", connection)


def components_not_healthy(settings: Settings, *, timeout: float = TIMEOUT_SECONDS) -> list[str]:
    """Which of Airflow's components have not reported in lately; all of them when it does not answer."""
    try:
        health = httpx.get(f"{settings.airflow.api_url}/api/v2/monitor/health", timeout=timeout).json()
    except (httpx.HTTPError, ValueError):
        return list(COMPONENTS)
    return [name for name in COMPONENTS if (health.get(name) or {}).get("status") != "healthy"]


def _warehouse_connection(settings: Settings) -> dict[str, str | int | None]:
    rest = parameters_of(settings.warehouse.url, user="", password="", port=POSTGRES_PORT, dbname="")
    host, port, user, password, database = map(rest.pop, ("host", "port", "user", "password", "dbname"))
    return {
        "connection_id": "stocks_dwh",
        "conn_type": "postgres",
        "description": "The warehouse, as its owner",
        "host": host,
        "port": int(port),
        "schema": database,
        "login": user,
        "password": password,
        # The driver's arguments, and the same for SQLAlchemy, whose URL the hook makes of the second alone.
        "extra": json.dumps(rest | {"sqlalchemy_query": rest}),
    }


def _bronze_connection(settings: Settings) -> dict[str, str | int | None]:
    key, secret = settings.bronze.credentials
    return {
        "connection_id": "bronze",
        "conn_type": "aws",
        "description": f"The S3 of bronze, bucket {settings.bronze.bucket}",
        "login": key,
        "password": secret,
        "extra": json.dumps({"endpoint_url": settings.bronze.url, "region_name": settings.bronze.region}),
    }
