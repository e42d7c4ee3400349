"""Callbacks that Cosmos calls around a run of dbt: they set its connection, choose its checks, store its messages.

They run inside Airflow; nothing here imports it or Cosmos.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.gold.dbt_environment import RUN_RESULTS, dbt_connection_environment
from include.gold.selection import WHOLE_TABLE
from include.settings import get_settings

if TYPE_CHECKING:
    from include.warehouse.blockers import Patience

WARNED, FAILED = "warned", "failed"  # the XCom keys of dbt's messages
BEGUN = "begun"  # the XCom key that says that dbt was called
KEPT_STATUS = {"warn": WARNED, "fail": FAILED, "error": FAILED}


def prepare_dbt(context: Any, operator: Any, *, patience: "Patience | None" = None) -> None:
    """Tell dbt, in this process alone, where the warehouse is: an operator's `env` would be shown in Airflow's UI.

    Until the process ends, readers that keep dbt waiting give way.
    """
    from include.warehouse.blockers import PATIENCE, ReaderWatch  # noqa: PLC0415 a DAG file that is read needs no database

    ReaderWatch(get_settings().warehouse.url, patience or PATIENCE).start()
    os.environ.update(dbt_connection_environment(get_settings()) | {"DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"})
    context["ti"].xcom_push(key=BEGUN, value=True)
    operator.exclude = f"tag:{WHOLE_TABLE}"  # also for a watcher that runs the checks of its model again


def store_dbt_messages(dbt_project: str, context: Any) -> None:
    """Store the results of the checks and dbt's messages: its folder is deleted when the task ends."""
    from include.gold.check_results import record_checks  # noqa: PLC0415 a DAG file that is read needs no database

    results = Path(dbt_project) / "target" / RUN_RESULTS
    if not results.exists():
        return  # dbt ended before it ran anything; the task's own error says why
    messages: dict[str, list[str]] = {WARNED: [], FAILED: []}
    for result in json.loads(results.read_text())["results"]:
        if key := KEPT_STATUS.get(result["status"]):
            messages[key].append(f"{result['unique_id'].split('.')[2]}: {result['message']}")
    for key, lines in messages.items():
        context["ti"].xcom_push(key=key, value=lines)
    record_checks(results.parent)  # last: where the ledger cannot be written, the messages are stored
