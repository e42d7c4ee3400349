"""Airflow's REST API as the admin: the client, the health of its components, the pool of API calls, the connections."""

import json

import httpx

from include.errors import StackError
from include.settings import Settings, parameters_of
from include.sources import ALPHA_VANTAGE

ADMIN = "admin"
TIMEOUT_SECONDS = 30
API_POOL_SLOTS = 4
COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
CONFLICT = 409
POSTGRES_PORT = "5432"


def airflow_client(settings: Settings) -> httpx.Client:
    """A client that is logged in; its addresses begin after the server's name.

    Raises: StackError when Airflow does not answer or does not let the admin in.
    """
    url = settings.airflow.api_url
    login = {"username": ADMIN, "password": settings.airflow.admin_password.get_secret_value()}
    try:
        response = httpx.post(f"{url}/auth/token", json=login, timeout=TIMEOUT_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        raise StackError(f"Airflow does not let us in at {url} ({error}): is it up? `make status`") from None
    headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
    return httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS)


def ensure_api_pool(settings: Settings) -> None:
    """Make the pool that limits how many API calls are under way at once; what a user set stays."""
    pool = {"name": ALPHA_VANTAGE, "slots": API_POOL_SLOTS, "description": "API calls under way at once"}
    with airflow_client(settings) as client:
        response = client.post("/api/v2/pools", json=pool)
        if response.status_code != CONFLICT:
            response.raise_for_status()


def ensure_connections(settings: Settings) -> None:
    """Make or renew the connections under which any DAG finds the warehouse and bronze."""
    with airflow_client(settings) as client:
        for connection in (_warehouse_connection(settings), _bronze_connection(settings)):
            response = client.post("/api/v2/connections", json=connection)
            if response.status_code == CONFLICT:
                response = client.patch(f"/api/v2/connections/{connection['connection_id']}", json=connection)
            response.raise_for_status()


def components_not_healthy(settings: Settings) -> list[str]:
    """Which of Airflow's components have not reported in lately; all of them when it does not answer."""
    try:
        health = httpx.get(f"{settings.airflow.api_url}/api/v2/monitor/health", timeout=TIMEOUT_SECONDS).json()
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
