"""What the DAG files share: the Assets between them, their tasks, the one retry policy, the dbt task group.

The only part of `include` that imports airflow or cosmos. It is read whenever a DAG file is parsed, so what is
heavy (polars, boto3, cosmos, `include.steps`) is imported where it is used.
"""

from include.observability.batch import AIRFLOW_BATCH as BATCH
from include.orchestration.gold import (
    GOLD_FORM,
    announce_publication,
    begin_publication,
    dbt_task_group,
    publication_of,
    report_publication,
)
from include.orchestration.retries import DEFAULT_ARGS, daily_at
from include.orchestration.tasks import (
    ACCEPT_FORM,
    REPLAY_FORM,
    SILVER,
    TICKER_FORM,
    accept,
    hand_over,
    replay,
    source_tasks,
)

__all__ = [
    "ACCEPT_FORM",
    "BATCH",
    "DEFAULT_ARGS",
    "GOLD_FORM",
    "REPLAY_FORM",
    "SILVER",
    "TICKER_FORM",
    "accept",
    "announce_publication",
    "begin_publication",
    "daily_at",
    "dbt_task_group",
    "hand_over",
    "publication_of",
    "replay",
    "report_publication",
    "source_tasks",
]
