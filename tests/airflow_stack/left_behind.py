"""What the runs of a stack leave behind, and the secrets that may not show in it."""

import gzip

import psycopg

from include.local_stack.credentials import ensure_credentials
from tests.airflow_stack.stack import Stack


def everything_that_is_left(stack: Stack) -> dict[str, str]:
    """By file or table, its text."""
    logs = [path for folder in ("logs", "airflow/logs", "market") for path in (stack.home / folder).rglob("*.*")]
    told = {str(path): path.read_text(errors="replace") for path in logs if path.is_file()}
    told |= {path: gzip.decompress((stack.home / path).read_bytes()).decode() for path in stack.bronze_objects()}
    told |= _dump(stack.postgres.url("airflow", "airflow")) | _dump(stack.postgres.url())
    return told


def generated_secrets(stack: Stack) -> list[str]:
    known = ensure_credentials(stack.home)
    del known["EMBEDDED_S3_ACCESS_KEY"]  # a login: Airflow shows it beside the connection, as it does a user's name
    secrets = [value for value in known.values() if len(value) > 8]
    assert len(secrets) > 5
    return secrets


def where_it_shows(told: dict[str, str], *secrets: str) -> list[str]:
    return [name for name, text in told.items() for secret in secrets if secret in text or secret in name]


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
