"""No secret is in what the runs of the modules before left behind: bronze, logs, every table."""

import gzip

import psycopg

from include.local_stack.credentials import ensure_credentials
from tests.airflow_stack.stack import API_KEY, Stack


def test_no_secret_is_in_what_the_runs_left_behind(stack: Stack) -> None:
    known = ensure_credentials(stack.home)
    del known["EMBEDDED_S3_ACCESS_KEY"]  # a login: Airflow shows it beside the connection, as it does a user's name
    secrets = [API_KEY, *(value for value in known.values() if len(value) > 8)]
    logs = [path for folder in ("logs", "airflow/logs", "market") for path in (stack.home / folder).rglob("*.*")]
    told = {str(path): path.read_text(errors="replace") for path in logs if path.is_file()}
    told |= {path: gzip.decompress((stack.home / path).read_bytes()).decode() for path in stack.bronze_objects()}
    # XComs, rendered templates, runs and their parameters; what silver, gold and ops say.
    told |= _dump(stack.postgres.url("airflow", "airflow")) | _dump(stack.postgres.url())

    assert len(secrets) > 6
    assert len(told) > 100
    assert {"public.xcom", "public.rendered_task_instance_fields", "ops.api_calls"} <= told.keys()
    assert [name for name, text in told.items() for secret in secrets if secret in text or secret in name] == []


def _dump(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select schemaname || '.' || tablename from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {
            table: str(connection.execute(f"select row::text from {table} as row".encode()).fetchall())
            for (table,) in tables
        }
