"""What Airflow's own task runner writes into the log of a task that failed."""

import json
import os
import subprocess
import sys
from typing import Any

from include.settings import PROJECT_ROOT

# As the process of a task runs it, but for the supervisor: nobody answers what the runner sends.
TASK = """
import io, json, sys, types, uuid
from datetime import UTC, datetime
import structlog
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.execution_time import task_runner
from airflow.sdk.log import configure_logging
from include.errors import InvalidCall, NetworkFault
from include.orchestration.dag_defaults import DEFAULT_ARGS

ERRORS = [InvalidCall("no such ticker"), NetworkFault("hung up"), AirflowFailException("not published"), KeyError("x")]
lines = io.BytesIO()
configure_logging(json_output=True, output=lines, sending_to_supervisor=True)
sys.excepthook = sys.__excepthook__
log = structlog.get_logger(logger_name="task")
log.info("a logger in use before the task begins")
task_runner.SUPERVISOR_COMMS = types.SimpleNamespace(send=lambda *_, **__: None)
with DAG("refusing", default_args=DEFAULT_ARGS):
    @task
    def fail(number):
        try:
            {}["the cause"]
        except KeyError as cause:
            raise ERRORS[number] from cause
    operators = [fail.override(task_id=f"fail_{number}")(number).operator for number in range(len(ERRORS))]
for operator in operators:
    instance = task_runner.RuntimeTaskInstance.model_construct(
        id=uuid.uuid4(), task=operator, dag_id="refusing", task_id=operator.task_id, run_id="run", try_number=1,
        map_index=-1, max_tries=0, start_date=datetime.now(UTC), _ti_context_from_server=None,
    )
    context = {"ti": instance, "task": operator, "dag": operator.dag, "run_id": "run"}
    task_runner.run(instance, context, log)
print(json.dumps([json.loads(line) for line in lines.getvalue().splitlines()]))
"""


def logged_errors() -> list[dict[str, Any]]:
    # In tests Airflow would not keep its loggers, as it does in the process of a task.
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_VERSION"}
    program = [sys.executable, "-c", TASK]
    ended = subprocess.run(
        program, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    return [line for line in json.loads(ended.stdout.splitlines()[-1]) if line["level"] == "error"]


def test_an_expected_error_is_its_sentence_and_another_keeps_its_trace() -> None:
    *expected, unforeseen = logged_errors()

    assert [(line["event"], "exception" in line) for line in expected] == [
        ("InvalidCall: no such ticker", False),
        ("NetworkFault: hung up", False),
        ("AirflowFailException: not published", False),
    ]
    assert unforeseen["event"] == "Task failed with exception"
    assert [error["exc_type"] for error in unforeseen["exception"]] == ["KeyError", "KeyError"]
    assert unforeseen["exception"][0]["frames"] != []
