"""Which tables of silver are empty, which DAG fills each, and when."""

import psycopg
from rich.console import Console

from include.airflow_client.schedule import FillingDag, read_filling_dag
from include.errors import StackError
from include.observability.tables import table_exists
from include.settings import Settings
from include.silver.datasets import all_datasets
from include.terminal import as_text


def print_empty(console: Console, connection: psycopg.Connection, settings: Settings) -> None:
    """Print a line for each empty table of silver; nothing before the first start."""
    for table in (f"silver.{dataset.table.name}" for dataset in all_datasets()):
        if not table_exists(connection, table) or connection.execute(f"select from {table} limit 1".encode()).rowcount:
            continue
        try:
            dag = read_filling_dag(settings, table)
        except StackError:
            dag = None
        words = _when(dag) if dag else "its DAG has not filled it, and Airflow does not say when it will: `make status`"
        console.print(f"[yellow]{as_text(table)} is empty:[/] {as_text(words)}")


def _when(dag: FillingDag) -> str:
    if dag.is_paused:
        return f"{dag.dag_id} fills it, which is paused: switch it on at {dag.page}"
    at = f", next at {dag.next_run_at:%Y-%m-%d %H:%M} UTC" if dag.next_run_at else ""
    return f"{dag.dag_id} fills it{at}; to run it now: Trigger, at {dag.page}"
