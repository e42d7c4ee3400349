"""dbt's documentation in Airflow's pages: made with the manifest, and shown on this machine alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from include.local_stack.airflow_services import airflow_environment
from include.settings import PROJECT_ROOT, Settings

# As the API server puts its application together.
API_SERVER = """
import json
from airflow.api_fastapi.app import init_plugins
from fastapi import FastAPI
from starlette.testclient import TestClient
app = FastAPI()
init_plugins(app)
page = TestClient(app, base_url="http://127.0.0.1").get("/cosmos/stocklake/dbt_docs_index.html")
print(json.dumps([page.status_code, "Where to start" in page.text]))
"""


@pytest.mark.usefixtures("manifest")
@pytest.mark.parametrize(
    ("given", "status_and_overview"), [({}, [200, True]), ({"HOST_NAME": "stocks.example.com"}, [404, False])]
)
def test_nobody_sees_them_through_a_proxy(
    tmp_path: Path, given: dict[str, str], status_and_overview: list[object]
) -> None:
    settings = Settings.model_validate({"STOCKLAKE_HOME": tmp_path} | given)
    environment = os.environ | given | airflow_environment(settings)
    program = [sys.executable, "-c", API_SERVER]
    ended = subprocess.run(
        program, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=120
    )

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == status_and_overview
