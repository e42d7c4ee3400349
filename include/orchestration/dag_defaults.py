"""What every DAG starts with: its arguments, those of its tasks, and its hour."""

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable

from include.orchestration.refusals import log_refusals_as_sentences
from include.orchestration.retries import TRIES, RetryTransientErrors

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "stocklake",
    "retries": TRIES - 1,
    "retry_delay": timedelta(seconds=15),
    "retry_policy": RetryTransientErrors(),
    "on_execute_callback": [log_refusals_as_sentences],
    "execution_timeout": timedelta(hours=2),  # a hung task would hold back every later run
}
# What the API does not pace: three retries, after five to ten minutes, ten to twenty, twenty to forty.
PATIENT_ARGS: dict[str, Any] = DEFAULT_ARGS | {
    "retries": 3,
    "retry_delay": timedelta(minutes=5),
    "retry_exponential_backoff": 2.0,
    "retry_policy": RetryTransientErrors(tries=4),
    "execution_timeout": timedelta(minutes=30),
}
# One run at a time, and none for the days before the installation.
EVERY_DAG: dict[str, Any] = {"max_active_runs": 1, "catchup": False, "default_args": DEFAULT_ARGS}


def daily_at(hour: int) -> CronTriggerTimetable:
    """Once a day, UTC; the first time at the next such hour.

    With a start date, or with a look back, a fresh installation would begin by catching up with this morning.
    """
    return CronTriggerTimetable(f"0 {hour} * * *", timezone="UTC", run_immediately=timedelta(0))
