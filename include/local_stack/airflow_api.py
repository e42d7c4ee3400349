"""Airflow's REST API as the admin, and what the stack sees to there."""

import httpx

from include.errors import StackError
from include.local_stack.airflow_services import ADMIN, airflow_url
from include.settings import Settings

TIMEOUT_SECONDS = 30
API_POOL, API_POOL_SLOTS = "alpha_vantage", 4
COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
CONFLICT = 409


def airflow_client(settings: Settings) -> httpx.Client:
    """A client that is logged in; its addresses begin after the server's name.

    Raises: StackError when Airflow does not answer or does not let the admin in.
    """
    url = airflow_url(settings)
    login = {"username": ADMIN, "password": settings.airflow_admin_password.get_secret_value()}
    try:
        answer = httpx.post(f"{url}/auth/token", json=login, timeout=TIMEOUT_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        raise StackError(
            f"Airflow does not let us in at {airflow_url(settings)} ({error}): is it up? `make status`"
        ) from None
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS)


def ensure_api_pool(settings: Settings) -> None:
    """Make the pool that limits how many API calls are under way at once; what a user set stays."""
    pool = {"name": API_POOL, "slots": API_POOL_SLOTS, "description": "API calls under way at once"}
    with airflow_client(settings) as client:
        answer = client.post("/api/v2/pools", json=pool)
        if answer.status_code != CONFLICT:
            answer.raise_for_status()


def components_not_healthy(settings: Settings) -> list[str]:
    """Which of Airflow's components have not reported in lately; all of them when it does not answer."""
    try:
        health = httpx.get(f"{airflow_url(settings)}/api/v2/monitor/health", timeout=TIMEOUT_SECONDS).json()
    except (httpx.HTTPError, ValueError):
        return list(COMPONENTS)
    return [name for name in COMPONENTS if (health.get(name) or {}).get("status") != "healthy"]
