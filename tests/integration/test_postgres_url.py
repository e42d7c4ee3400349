"""A Postgres URL means the same to every program: who checks a certificate with it, who is told what it says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dashboards import reader
from include.airflow_client import api as airflow_api
from include.gold.dbt_environment import dbt_command, dbt_process_environment
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import PROJECT_ROOT, get_settings
from include.warehouse.connection import connect
from include.warehouse.migrate import migrate
from tests.tls import HOST, Authority, TlsServer, tls_server

DIFFERS, EXPIRED, ANOTHER_CA = "db.example.com", "expired", "another CA"
# As any DAG opens the connection `stocks_dwh`.
HOOK = """
import json, sys
from airflow.models import Connection
from airflow.providers.postgres.hooks.postgres import PostgresHook
told = json.load(sys.stdin)
hook = PostgresHook(connection=Connection(**{"conn_id" if k == "connection_id" else k: v for k, v in told.items()}))
hook.get_conn().close()
hook.get_sqlalchemy_engine().connect().close()
"""


class Failed(Exception):
    """What a program said when it could not connect."""


def by_psycopg(_: Path) -> None:
    with connect() as connection:
        assert connection.execute("show timezone").fetchone() == ("UTC",)


def by_alembic(_: Path) -> None:
    migrate()


def by_page(_: Path) -> None:
    assert reader.read("select current_user::text as name").item() == "reader"


def by_psql(_: Path) -> None:
    run([sys.executable, "-m", "include.commands", "sql", "--", "select 1 as one"], dict(os.environ))


def by_dbt(folder: Path) -> None:
    folders = {"DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder)}
    run(dbt_command("debug", "--connection"), dbt_process_environment(get_settings()) | folders)


def by_airflow(folder: Path) -> None:
    told = airflow_api._warehouse_connection(get_settings())
    run([sys.executable, "-c", HOOK], os.environ | {"AIRFLOW_HOME": str(folder)}, json.dumps(told))


def run(command: list[str], environment: dict[str, str], told: str = "") -> None:
    ended = subprocess.run(
        command, env=environment, input=told, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    if ended.returncode:
        raise Failed(ended.stdout + ended.stderr)


needs_psql = pytest.mark.skipif(not shutil.which("psql"), reason="the bundled psql speaks no TLS")
Program = Callable[[Path], None]
QUICK = [by_psycopg, by_alembic, by_page, pytest.param(by_psql, marks=needs_psql)]
EACH = pytest.mark.parametrize("program", [*QUICK, by_dbt, by_airflow])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture
def server(request: pytest.FixtureRequest, postgres: EmbeddedPostgres, authority: Authority) -> Iterator[TlsServer]:
    """Postgres with a certificate of the CA: its own, or as the test says."""
    kind = getattr(request, "param", "")
    host, days = (DIFFERS if kind == DIFFERS else HOST), (-1 if kind == EXPIRED else 1)
    with tls_server(postgres.port, *authority.issue(host, days=days)) as server:
        yield server


@pytest.fixture
def address(
    server: TlsServer, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """Let the three URLs of the settings end in these parameters."""

    def name(**parameters: object) -> None:
        for variable, role in {"DB_URL": "stocklake", "ANALYST_DB_URL": "analyst", "READER_DB_URL": "reader"}.items():
            monkeypatch.setenv(variable, server.url(postgres.url(role), **parameters))
        get_settings.cache_clear()

    yield name
    get_settings.cache_clear()


@EACH
def test_a_certificate_of_the_ca_is_trusted(
    address: Callable[..., None], server: TlsServer, authority: Authority, program: Program, tmp_path: Path
) -> None:
    address(sslmode="verify-full", sslrootcert=authority.file)

    program(tmp_path)

    assert server.sessions
    assert all(session.is_encrypted for session in server.sessions)


@EACH
def test_a_certificate_of_another_ca_is_refused(
    address: Callable[..., None], server: TlsServer, program: Program, tmp_path: Path
) -> None:
    address(sslmode="verify-full", sslrootcert=Authority(tmp_path / "theirs").file)

    assert "certificate verify failed" in refusal(program, tmp_path)
    assert not server.sessions


@EACH
@pytest.mark.parametrize("server", [EXPIRED], indirect=True)
def test_an_expired_certificate_is_refused(
    address: Callable[..., None], server: TlsServer, authority: Authority, program: Program, tmp_path: Path
) -> None:
    address(sslmode="verify-full", sslrootcert=authority.file)

    assert "certificate verify failed" in refusal(program, tmp_path)
    assert not server.sessions


@pytest.mark.parametrize("program", QUICK)
@pytest.mark.parametrize("server", [DIFFERS], indirect=True)
def test_a_certificate_of_another_host_is_refused(
    address: Callable[..., None], server: TlsServer, authority: Authority, program: Program, tmp_path: Path
) -> None:
    address(sslmode="verify-full", sslrootcert=authority.file)

    assert f'"{DIFFERS}" does not match host name "{HOST}"' in refusal(program, tmp_path)


@EACH
def test_nothing_is_encrypted_where_the_address_says_so(
    address: Callable[..., None], server: TlsServer, program: Program, tmp_path: Path
) -> None:
    address(sslmode="disable", application_name="mine", connect_timeout=9, options="-c work_mem=5MB")

    program(tmp_path)

    assert server.sessions
    for session in server.sessions:
        assert not session.is_encrypted
        assert session.said.get("application_name", "mine") == "mine"
        assert "-c work_mem=5MB" in session.said["options"]
    assert any(session.said.get("application_name") == "mine" for session in server.sessions)


def test_an_address_with_tls_needs_a_psql_that_speaks_it(
    address: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address(sslmode="require")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Failed, match="sslmode=require needs a psql that speaks TLS"):
        by_psql(tmp_path)


def test_a_page_refuses_the_certificate_by_itself(
    address: Callable[..., None], server: TlsServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not only its ping, which another connection follows.
    address(sslmode="verify-ca", sslrootcert=authority.file)
    monkeypatch.setattr(reader, "_ping", lambda _url: None)
    assert reader.read("select 1 as one").item() == 1

    address(sslmode="verify-ca", sslrootcert=Authority(authority.file.parent / "theirs").file)
    with pytest.raises(reader.WarehouseUnreadable, match="certificate verify failed"):
        reader.read("select 1 as one")


def refusal(program: Program, folder: Path) -> str:
    with pytest.raises((psycopg.OperationalError, reader.WarehouseDown, Failed)) as caught:
        program(folder)
    return str(caught.value)
