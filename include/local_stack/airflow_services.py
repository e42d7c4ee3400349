"""Airflow's part of the stack: its settings, all through the environment, and its four services."""

import json
import sys
import sysconfig
from functools import partial
from pathlib import Path

from include.airflow_client.api import components_not_healthy
from include.airflow_client.session import ADMIN
from include.gold.manifest import DOCS
from include.local_stack.credentials import write_private
from include.local_stack.service import PROBE_SECONDS, Service, answers_http
from include.settings import LOOPBACK, PROJECT_ROOT, Settings

# Two cores: four tasks keep them busy, 32 forked workers would only fill the memory.
PARALLELISM = 4
# A killed stack's tasks are found dead after this long, not after Airflow's five minutes, and what a killed scheduler
# left queued or running is begun again so soon after it has been silent for Airflow's 30 seconds.
TASK_HEARTBEAT_TIMEOUT_SECONDS = 60
ORPHANED_TASKS_CHECK_SECONDS = 10
# Of three tasks one is seen to have ended only at the next heartbeat; until then it holds one of the four places.
TASK_HEARTBEAT_SECONDS = 1
FAILED_HEARTBEATS = 5  # each is five requests over some eight seconds: for long enough to start the API server again
NO_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "SCARF_ANALYTICS": "false",
    "SCARF_NO_ANALYTICS": "true",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}
CONFIG_FILE_TEXT = "# Empty on purpose: the stack passes every setting, secrets among them, through the environment.\n"


def airflow_home(settings: Settings) -> Path:
    """AIRFLOW_HOME: Airflow's logs and the file with the admin's password."""
    return settings.stack.home / "airflow"


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Everything Airflow is told. The child processes inherit it, so that no airflow.cfg holds a secret."""
    url = settings.airflow.api_url
    options = {
        "CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "CORE__PLUGINS_FOLDER": str(PROJECT_ROOT / "include/orchestration/plugins"),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": str(PARALLELISM),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords_file(settings)),
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "CORE__FERNET_KEY": settings.airflow.fernet_key.get_secret_value(),
        "API_AUTH__JWT_SECRET": settings.airflow.jwt_secret.get_secret_value(),
        "API__SECRET_KEY": settings.airflow.api_secret_key.get_secret_value(),
        "API__HOST": LOOPBACK,
        "API__PORT": str(settings.airflow.port),
        "API__WORKERS": "1",
        "API__BASE_URL": url,
        "API__INSTANCE_NAME": "Stocklake",
        "API__EXPOSE_CONFIG": "False",
        "DATABASE__SQL_ALCHEMY_CONN": settings.warehouse.airflow_metadata_url,
        # Gold is a dozen steps deep, and each waits for a round of the scheduler.
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(TASK_HEARTBEAT_TIMEOUT_SECONDS),
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": str(ORPHANED_TASKS_CHECK_SECONDS),
        "WORKERS__MIN_HEARTBEAT_INTERVAL": str(TASK_HEARTBEAT_SECONDS),
        "WORKERS__MAX_FAILED_HEARTBEATS": str(FAILED_HEARTBEATS),
        "LOGGING__COLORED_CONSOLE_LOG": "False",
        # It writes a copy of everything dbt says to the database, for a retry of the build, which is never retried.
        "COSMOS__ENABLE_WATCHER_RELIABLE_RETRY": "False",
        **_dbt_docs(settings),
    }
    return {
        "AIRFLOW_HOME": str(airflow_home(settings)),
        "PYTHONPATH": str(PROJECT_ROOT),
        **{f"AIRFLOW__{name}": value for name, value in options.items()},
        **NO_TELEMETRY,
    }


def _dbt_docs(settings: Settings) -> dict[str, str]:
    # Under Browse in Airflow's menu. Cosmos asks for no login: only on this machine, not through a proxy or a tunnel.
    if settings.stack.host_name:
        return {}
    return {"COSMOS__DBT_DOCS_PROJECTS": json.dumps({"stocklake": {"dir": str(DOCS.parent), "name": "dbt docs"}})}


def write_airflow_files(settings: Settings) -> None:
    """Write the admin's password, for its owner only, before Airflow would make one of its own."""
    airflow_home(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(airflow_home(settings) / "airflow.cfg", CONFIG_FILE_TEXT)
    password = settings.airflow.admin_password.get_secret_value()
    write_private(_passwords_file(settings), json.dumps({ADMIN: password}) + "\n")


def airflow_services(settings: Settings, inherited: dict[str, str]) -> list[Service]:
    """The API server, the scheduler, the DAG processor and the triggerer."""
    environment = inherited | airflow_environment(settings)
    health = f"{settings.airflow.api_url}/api/v2/monitor/health"
    # -s: their servers of log files would listen on every network interface, and on one machine nobody asks them.
    commands = {
        "api-server": ("Airflow API server", ()),
        "scheduler": ("Airflow scheduler", ("-s",)),
        "dag-processor": ("Airflow DAG processor", ()),
        "triggerer": ("Airflow triggerer", ("-s",)),
    }
    return [
        Service(
            name=name,
            title=title,
            command=(*airflow_command(), name, *options),
            environment=environment,
            is_ready=lambda: answers_http(health),
            # Of the API server an answer is the sign of life.
            is_alive=None if name == "api-server" else partial(_reports_in, settings, name.replace("-", "_")),
        )
        for name, (title, options) in commands.items()
    ]


def airflow_command() -> tuple[str, ...]:
    """The `airflow` program of this Python's environment."""
    return sys.executable, str(Path(sysconfig.get_path("scripts")) / "airflow")


def _reports_in(settings: Settings, component: str) -> bool:
    """Whether it has lately, which the API server reads in the database; while that is silent, nobody knows."""
    silent = components_not_healthy(settings, timeout=PROBE_SECONDS)
    return component not in silent or "metadatabase" in silent


def _passwords_file(settings: Settings) -> Path:
    return airflow_home(settings) / "simple_auth_manager_passwords.json"
