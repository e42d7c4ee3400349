"""Which services these settings ask for, and what each may know."""

import hashlib
import os
import sys
from pathlib import Path
from typing import IO

from pydantic import SecretStr

from include.gold.dbt_environment import dbt_environment
from include.local_stack.airflow_services import NO_TELEMETRY, airflow_services
from include.local_stack.home import private_environment
from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.s3 import s3_service
from include.local_stack.service import Service, answers_http
from include.settings import LOOPBACK, PROJECT_ROOT, READ_AT_EVERY_RUN, READ_BY_COMMANDS, VARIABLES, Settings

DASHBOARD = PROJECT_ROOT / "dashboards" / "app.py"
# Of the caller's environment the services get what finds programs, speaks the language and passes a proxy.
INHERITED = (
    *("PATH", "HOME", "LANG", "LC_ALL", "USER", "LOGNAME"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"),
)
# The dashboard never calls the API: it needs to know that there is a key, for the market and its budget follow from it.
HIDDEN_KEY = "not for the dashboard"

LARGEST_LOG_BYTES = 20 * 2**20
POSTGRES_PASSWORDS = ("_DB_PASSWORD", "POSTGRES_ADMIN_PASSWORD")


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """The Postgres of the stack: Airflow's metadata, and the warehouse unless DB_URL names another."""
    given = settings.by_variable().items()
    passwords = {name: value.get_secret_value() for name, value in given if name.endswith(POSTGRES_PASSWORDS)}
    return EmbeddedPostgres(settings.stack.home, settings.warehouse.port, passwords)


def services_of(settings: Settings) -> list[Service]:
    """Every service but Postgres, in the order of their start."""
    services = [s3_of(settings)] if settings.bronze.is_embedded else []
    if settings.source.is_sample:
        services.append(market_of(settings))
    inherited = inherited_environment(settings.stack.home) | dbt_environment(settings)
    return [*services, *airflow_services(settings, inherited), dashboard_of(settings)]


def s3_of(settings: Settings) -> Service:
    """The embedded S3 server."""
    folder = settings.stack.home / "s3"
    # Before the server starts: a folder is a bucket.
    (folder / settings.bronze.bucket).mkdir(mode=0o700, parents=True, exist_ok=True)
    access_key = settings.bronze.embedded_access_key.get_secret_value()
    secret_key = settings.bronze.embedded_secret_key.get_secret_value()
    return s3_service(folder, port=settings.bronze.port, access_key=access_key, secret_key=secret_key)


def market_of(settings: Settings) -> Service:
    """The local market server, which stands in for Alpha Vantage where there is no key."""
    home = settings.stack.home / "market"
    arguments = ("--port", str(settings.source.market_port), "--home", str(home))
    return Service(
        name="market",
        title="Market server",
        command=(sys.executable, "-m", "include.market_simulator", *arguments),
        environment=_plain_environment(settings.stack.home) | {"PYTHONPATH": str(PROJECT_ROOT)},
        is_ready=lambda: answers_http(f"http://{LOOPBACK}:{settings.source.market_port}/clock"),
    )


def dashboard_of(settings: Settings) -> Service:
    """The Streamlit server of the dashboard."""
    options = {
        "server.headless": "true",
        "server.address": LOOPBACK,
        "server.port": str(settings.stack.dashboard_port),
        "browser.gatherUsageStats": "false",
        "server.fileWatcherType": "none",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    shown_key = {"ALPHA_VANTAGE_API_KEY": HIDDEN_KEY if settings.source.api_key else ""}
    hosts = {"STREAMLIT_SERVER_ALLOWED_HOSTS": " ".join(settings.host_names)}
    inherited = inherited_environment(settings.stack.home)
    return Service(
        name="dashboard",
        title="Dashboard",
        command=(sys.executable, "-m", "streamlit", "run", str(DASHBOARD), *arguments),
        environment=inherited | shown_key | hosts | {"PYTHONPATH": str(PROJECT_ROOT)} | NO_TELEMETRY,
        is_ready=lambda: answers_http(f"http://{LOOPBACK}:{settings.stack.dashboard_port}/_stcore/health"),
    )


def inherited_environment(home: Path) -> dict[str, str]:
    """What a child of the stack gets: a few names of the system, the settings set by the caller, the home's folders."""
    given = {name: value for name, value in os.environ.items() if name in INHERITED or name in VARIABLES}
    return given | private_environment(home)


def told_of_every_run() -> dict[str, str]:
    """What the environment of this process says of the settings that each run reads: there it wins over `.env`."""
    return {name: value for name, value in os.environ.items() if name in READ_AT_EVERY_RUN}


def fingerprint(settings: Settings) -> str:
    """Changes with every setting that the running services were told at their start."""
    not_told = READ_AT_EVERY_RUN | READ_BY_COMMANDS
    told = {name: value for name, value in settings.by_variable().items() if name not in not_told}
    plain = {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in told.items()}
    return hashlib.sha256(repr((PROJECT_ROOT, sorted(plain.items()))).encode()).hexdigest()[:16]


def log_file(home: Path, name: str) -> Path:
    """Where a service's output goes."""
    return home / "logs" / f"{name}.log"


def open_log(home: Path, name: str) -> IO[bytes]:
    """Open a log for more output; a large one begins anew."""
    file = log_file(home, name)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LARGEST_LOG_BYTES:
        file.replace(file.with_suffix(".log.1"))
    return file.open("ab")


def _plain_environment(home: Path) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in INHERITED} | private_environment(home)
