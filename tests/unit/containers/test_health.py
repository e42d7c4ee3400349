"""A container is healthy when its server answers, and says of the component that it lives."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from include.containers.health import is_healthy
from include.settings import LOOPBACK, PROJECT_ROOT
from tests.conftest import free_port

HEALTH = {"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}, "dag_processor": {"status": None}}


class Airflow(BaseHTTPRequestHandler):
    """Airflow's health page, and nothing else."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 500)
        self.end_headers()
        self.wfile.write(json.dumps(HEALTH).encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    airflow = ThreadingHTTPServer((LOOPBACK, 0), Airflow)
    Thread(target=airflow.serve_forever, daemon=True).start()
    yield f"http://{LOOPBACK}:{airflow.server_port}"
    airflow.shutdown()


def test_a_server_that_answers_is_healthy(server: str) -> None:
    assert is_healthy(f"{server}/health")


@pytest.mark.parametrize("path", ["/broken", "/health"])
def test_an_error_or_silence_is_not(server: str, path: str) -> None:
    silent = f"http://{LOOPBACK}:{free_port()}"
    assert not is_healthy(f"{server if path == '/broken' else silent}{path}")


@pytest.mark.parametrize(
    ("component", "lives"), [("scheduler", True), ("triggerer", False), ("dag_processor", False), ("unknown", False)]
)
def test_a_component_lives_as_airflow_says(server: str, component: str, lives: bool) -> None:
    assert is_healthy(f"{server}/health", component) is lives


def test_the_exit_status_says_it_without_a_library(server: str) -> None:
    command = [sys.executable, "-S", "-m", "include.containers.health", f"{server}/health"]  # -S: no site-packages

    assert subprocess.run([*command, "scheduler"], check=False, cwd=PROJECT_ROOT).returncode == 0
    assert subprocess.run([*command, "triggerer"], check=False, cwd=PROJECT_ROOT).returncode == 1
