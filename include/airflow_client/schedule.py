"""Which DAG fills a table, and when it runs next, as Airflow itself plans it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from include.airflow_client.session import AirflowSession
from include.settings import Settings


@dataclass(frozen=True)
class FillingDag:
    """The scheduled DAG that brings rows into a table, and its page; `next_run_at` in UTC."""

    dag_id: str
    page: str
    is_paused: bool
    next_run_at: datetime | None


def read_filling_dag(settings: Settings, table: str) -> FillingDag | None:
    """The DAG with a schedule that emits the Asset of a table, written as schema.table; None where there is none.

    Raises: StackError when Airflow does not answer now.
    """
    with AirflowSession(settings, silence=0) as airflow:
        found = airflow.get("/api/v2/assets", name_pattern=table)["assets"]
        names = {task["dag_id"] for asset in found if asset["name"] == table for task in asset["producing_tasks"]}
        for dag in (airflow.get(f"/api/v2/dags/{name}") for name in sorted(names)):
            if dag["timetable_summary"]:  # one that is started by hand has none
                at = dag["next_dagrun_run_after"]
                next_run_at = datetime.fromisoformat(at).astimezone(UTC) if at else None
                page = f"{settings.airflow.page_url}/dags/{dag['dag_id']}"
                return FillingDag(dag["dag_id"], page, dag["is_paused"], next_run_at)
    return None
