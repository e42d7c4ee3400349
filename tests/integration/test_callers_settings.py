"""Whatever the caller's shell names, no test reads, empties or migrates a database that no test started."""

import os
import subprocess
import sys

import psycopg
import pytest

from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.settings import PROJECT_ROOT, get_settings
from include.warehouse.connection import connect
from tests.databases import create_database

EMPTIES_A_WAREHOUSE = "tests/integration/test_local_stack.py::test_the_analyst_reads_what_the_owner_writes"
NAMES_NO_DATABASE = f"{__file__}::test_a_test_that_names_no_database_gets_none"
SESSIONS = "select pg_stat_force_next_flush(), sessions from pg_stat_database where datname = %s"


def test_a_test_that_names_no_database_gets_none() -> None:
    get_settings.cache_clear()

    assert get_settings().warehouse.is_embedded
    with pytest.raises(psycopg.OperationalError), connect() as connection:
        connection.execute("select 1")


@pytest.mark.slow("starts pytest, and with it a Postgres of its own")
def test_a_database_of_the_caller_is_never_connected_to(postgres: EmbeddedPostgres) -> None:
    name = create_database(postgres, "somebodys")
    url = postgres.url("stocklake", name)
    named = dict.fromkeys(("DB_URL", "ANALYST_DB_URL", "READER_DB_URL"), url)
    command = [sys.executable, "-m", "pytest", "-q", EMPTIES_A_WAREHOUSE, NAMES_NO_DATABASE]
    # Options of the run that this test is a part of may name tests, this one among them.
    environment = os.environ | named | {"PYTEST_ADDOPTS": ""}

    ended = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, check=False, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stdout
    assert "2 passed" in ended.stdout
    with psycopg.connect(postgres.url(ADMIN, "postgres"), autocommit=True) as admin:
        assert admin.execute(SESSIONS, [name]).fetchall()[0][1] == 0
