"""Dashboard and Airflow answer for their own host names: a name that somebody points to this machine gets nothing."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.local_stack.airflow_services import airflow_environment
from include.local_stack.service import wait_until
from include.local_stack.services import dashboard_of
from include.settings import LOOPBACK, PROJECT_ROOT, Settings
from tests.conftest import free_port

OWN = ["127.0.0.1", "localhost", "LOCALHOST", "stocklake.localhost", "stocks.example.com"]
OTHERS = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "x.stocks.example.com", "10.0.0.7", ""]
HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
# As the API server puts its application together.
API_SERVER = """
import json, sys
from airflow.api_fastapi.app import init_plugins
from fastapi import FastAPI
from starlette.testclient import TestClient
app = FastAPI()
app.get("/")(lambda: {})
init_plugins(app)
client = TestClient(app)
hosts = json.loads(sys.argv[1])
print(json.dumps({host: client.get("/", headers={"Host": host}).status_code for host in hosts}))
"""


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running dashboard; nothing else of the stack runs."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    given = {"stocklake_home": home, "dashboard_port": port, "host_name": "stocks.example.com"}
    service = dashboard_of(Settings.model_validate(given))
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(service.command, env=service.environment, cwd=PROJECT_ROOT, stdout=log, stderr=log)
    try:
        assert wait_until(service.is_ready, seconds=60), (home / "log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.mark.parametrize(("host", "status"), [*((name, 101) for name in OWN), *((name, 403) for name in OTHERS)])
def test_the_dashboard_opens_a_session_for_its_own_names_alone(dashboard: int, host: str, status: int) -> None:
    with socket.create_connection((LOOPBACK, dashboard), timeout=10) as client:
        client.sendall(HANDSHAKE.format(host=host and f"{host}:{dashboard}").encode())
        answer = client.recv(64)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_airflow_answers_for_its_own_names_and_those_of_its_containers(tmp_path: Path) -> None:
    variables = {"HOST_NAME": "stocks.example.com", "AIRFLOW_URL": "http://api-server:8080"}
    settings = Settings.model_validate(variables | {"STOCKLAKE_HOME": tmp_path})
    hosts = [f"{host}:8080" for host in (*OWN, "api-server", *filter(None, OTHERS))]
    environment = os.environ | variables | airflow_environment(settings)

    program = [sys.executable, "-c", API_SERVER, json.dumps(hosts)]
    ended = subprocess.run(
        program, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=120
    )

    assert ended.returncode == 0, ended.stderr
    statuses = json.loads(ended.stdout.splitlines()[-1])
    refused = [host for host, status in statuses.items() if status == 400]
    assert refused == hosts[len(OWN) + 1 :]
    assert {status for host, status in statuses.items() if host not in refused} == {200}
