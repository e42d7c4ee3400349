"""Two builds of gold at the same time are refused, whoever began."""

from contextlib import suppress

import psycopg
import pytest

from include.errors import RunInProgress
from include.gold.publish_lock import check_no_shell_publishes, publishing_from_the_shell
from include.local_stack.postgres import EmbeddedPostgres
from include.silver.tables import lock_symbols
from include.warehouse.migrate import migrate


def test_airflow_and_a_second_shell_wait_for_a_build_from_the_shell(warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url) as other:
        with publishing_from_the_shell(warehouse_url):
            with pytest.raises(RunInProgress, match="make dbt-run"):
                check_no_shell_publishes(other)
            with pytest.raises(RunInProgress, match="another shell"), publishing_from_the_shell(warehouse_url):
                pass

        check_no_shell_publishes(other)


def test_a_shell_is_refused_while_airflow_publishes(warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url) as airflow:
        airflow.execute(
            """
            insert into ops.pipeline_runs (execution_batch_id, pipeline, status, market_at)
            values ('gold_star_schema:run-1', 'gold_star_schema', 'running', now())
            """
        )
    with pytest.raises(RunInProgress, match="run-1"), publishing_from_the_shell(warehouse_url):
        pass


def test_a_build_that_lasts_keeps_no_vacuum_from_its_work(warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url) as other, publishing_from_the_shell(warehouse_url):
        held = "select backend_xmin, backend_xid from pg_stat_activity where state = 'idle in transaction'"
        assert other.execute(held).fetchall() == [(None, None)]


@pytest.mark.parametrize("mode", ["access share", "row share", "exclusive"])
def test_no_lock_of_a_reader_stands_in_the_way_of_a_build(
    postgres: EmbeddedPostgres, warehouse_url: str, mode: str
) -> None:
    with psycopg.connect(postgres.url("analyst")) as analyst, psycopg.connect(warehouse_url) as airflow:
        for table in ("ops.publish_lock", "ops.migration_lock", "ops.symbol_locks"):
            with suppress(psycopg.errors.InsufficientPrivilege), analyst.transaction():
                analyst.execute(f"lock table {table} in {mode} mode".encode())
        migrate(warehouse_url)
        with publishing_from_the_shell(warehouse_url):
            pass
        check_no_shell_publishes(airflow)
        lock_symbols(airflow, ["IBM", "AAPL"])
