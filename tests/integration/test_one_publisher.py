"""Two builds of gold at the same time are refused, whoever began."""

import time

import psycopg
import pytest

from include.errors import RunInProgress
from include.warehouse.one_publisher import check_no_shell_publishes, publishing_from_the_shell


def test_airflow_and_a_second_shell_wait_for_a_build_from_the_shell(warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url) as shell, psycopg.connect(warehouse_url) as other:
        with publishing_from_the_shell(shell):
            with pytest.raises(RunInProgress, match="make dbt-run"):
                check_no_shell_publishes(other)
            with pytest.raises(RunInProgress, match="another shell"), publishing_from_the_shell(other):
                pass
        shell.close()
        _wait_until_unlocked(other)

        check_no_shell_publishes(other)


def _wait_until_unlocked(connection: psycopg.Connection) -> None:
    # A closed connection's backend takes a moment to notice.
    for _ in range(100):
        if not connection.execute("select from pg_locks where locktype = 'advisory'").fetchall():
            return
        time.sleep(0.1)


def test_a_shell_is_refused_while_airflow_publishes(warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url) as shell:
        shell.execute(
            """
            insert into ops.pipeline_runs (execution_batch_id, pipeline, status, market_at)
            values ('gold_star_schema:run-1', 'gold_star_schema', 'running', now())
            """
        )
        with pytest.raises(RunInProgress, match="run-1"), publishing_from_the_shell(shell):
            pass
