"""Real parts for every test that meets them: Postgres and S3, on free ports, in temporary folders."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import psycopg
import pytest
import structlog

from include.local_stack.credentials import ensure_credentials
from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.s3 import s3_service
from include.local_stack.service import wait_until
from include.settings import LOOPBACK, VARIABLES, Settings, get_settings
from include.warehouse.migrate import migrate

pytest_plugins = ["tests.budget", "tests.captures.folders", "tests.left_behind", "tests.parallel", "tests.properties"]
REGION = "us-east-1"
OUTSIDE = (
    *("DB_URL", "ANALYST_DB_URL", "READER_DB_URL", "AWS_ENDPOINT_URL", "AIRFLOW_URL"),
    *("ALPHA_VANTAGE_BASE_URL", "ALPHA_VANTAGE_API_KEY"),
)


def free_port() -> int:
    """A port nobody listens on; the kernel gives the next asker another one."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests read the defaults and what they set themselves, neither the caller's shell nor his `.env`.

    A test that names no database gets none: the stack's own, with the passwords of a home that nobody started.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        for name in OUTSIDE:
            patch.setenv(name, "")  # empty means "not set", and the environment wins over `.env`
        patch.setenv("STOCKLAKE_HOME", str(tmp_path_factory.mktemp("nobody") / "home"))
        yield


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """A command that a test calls in this process sets the level of the log; the next test has the default again."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def stack_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the servers of this test run."""
    return tmp_path_factory.mktemp("stocklake")


@pytest.fixture(scope="session")
def secrets(stack_home: Path) -> dict[str, str]:
    """The generated secrets of this test run, by their names in secrets.env."""
    return ensure_credentials(stack_home)


@pytest.fixture(scope="session")
def postgres(stack_home: Path, secrets: dict[str, str]) -> Iterator[EmbeddedPostgres]:
    """A running Postgres with the databases `airflow` and a migrated `stocks_dwh`."""
    server = EmbeddedPostgres(stack_home, free_port(), secrets, durable=False)
    try:
        server.start()
        migrate(server.url())
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def s3_url(stack_home: Path, secrets: dict[str, str]) -> Iterator[str]:
    """The address of a running S3 server without buckets."""
    folder, port = stack_home / "s3", free_port()
    folder.mkdir()
    keys = {"access_key": secrets["EMBEDDED_S3_ACCESS_KEY"], "secret_key": secrets["EMBEDDED_S3_SECRET_KEY"]}
    service = s3_service(folder, port=port, **keys)
    with (stack_home / "s3.log").open("wb") as log:
        process = subprocess.Popen(service.command, env=dict(service.environment), stdout=log, stderr=log)
    try:
        assert wait_until(service.is_ready, seconds=15), (stack_home / "s3.log").read_text()
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture
def bucket(s3_url: str, secrets: dict[str, str]) -> str:
    """A fresh, empty bucket."""
    name = f"test-{uuid4().hex[:12]}"
    boto3.client(
        "s3",
        endpoint_url=s3_url,
        aws_access_key_id=secrets["EMBEDDED_S3_ACCESS_KEY"],
        aws_secret_access_key=secrets["EMBEDDED_S3_SECRET_KEY"],
        region_name=REGION,
    ).create_bucket(Bucket=name)
    return name


@pytest.fixture
def warehouse_url(postgres: EmbeddedPostgres) -> str:
    """The migrated warehouse as its owner, its tables of silver and ops emptied."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        found = connection.execute(
            "select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables "
            "where schemaname in ('silver', 'ops') and tablename <> 'alembic_version'"
        ).fetchone()
        assert found, "the warehouse has no tables"
        connection.execute(f"truncate {found[0]} restart identity cascade".encode())
    return postgres.url()


@pytest.fixture
def s3_environment(s3_url: str, bucket: str, secrets: dict[str, str]) -> dict[str, str]:
    """The variables that lead to the S3 server and the fresh bucket."""
    return {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": secrets["EMBEDDED_S3_ACCESS_KEY"],
        "AWS_SECRET_ACCESS_KEY": secrets["EMBEDDED_S3_SECRET_KEY"],
        "AWS_DEFAULT_REGION": REGION,
        "BRONZE_BUCKET": bucket,
    }


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch,
    stack_home: Path,
    postgres: EmbeddedPostgres,
    warehouse_url: str,
    s3_environment: dict[str, str],
) -> Iterator[Settings]:
    """What `get_settings()` returns in this test: the real Postgres and S3, an empty bucket, no API key."""
    environment = {
        "STOCKLAKE_HOME": str(stack_home),
        "DB_URL": warehouse_url,
        "ANALYST_DB_URL": postgres.url("analyst"),
        "READER_DB_URL": postgres.url("reader"),
        "STOCK_SYMBOLS": "AAPL,FB,GOOG,IBM,MSFT",
        # Empty means "not set", and the environment wins over a developer's own .env.
        "ALPHA_VANTAGE_API_KEY": "",
        "ALPHA_VANTAGE_BASE_URL": "",
        **s3_environment,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()
