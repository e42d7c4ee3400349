"""An expected error is its sentence in a task's log; what nobody foresaw keeps its stack trace."""

import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

import structlog
from airflow.sdk.exceptions import AirflowFailException

from include.errors import StocklakeError

if TYPE_CHECKING:
    from airflow.sdk import Context

TASK_FAILED = "Task failed with exception"  # what Airflow's task runner logs, always with the trace
EXPECTED = (StocklakeError, AirflowFailException)  # raised on purpose, with a sentence for who reads the log


def log_refusals_as_sentences(context: "Context") -> None:
    """Called before a task begins: let the log of its process leave out the trace of an expected error."""
    del context
    # Airflow has no setting for it. Its loggers share this list, those made before among them.
    processors = structlog.get_config()["processors"]
    if leave_out_trace not in processors:
        processors.insert(0, leave_out_trace)


def leave_out_trace(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the sentence of an expected error in place of Airflow's words and the trace."""
    del logger, method
    error = sys.exc_info()[1]
    if event.get("event") == TASK_FAILED and isinstance(error, EXPECTED):
        event.pop("exc_info", None)
        event["event"] = f"{type(error).__name__}: {error}"
    return event
