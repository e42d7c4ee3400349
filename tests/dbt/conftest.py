"""Databases of their own for the tests of gold."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.warehouse.migrate import migrate
from tests.dbt.gold import Gold


@pytest.fixture(scope="session")
def dbt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt keeps its state: one folder, so that it parses the project once."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def new_gold(postgres: EmbeddedPostgres, dbt_folder: Path) -> Callable[[], Gold]:
    """Make a migrated database that no batch has reached."""

    def create() -> Gold:
        name = f"dbt_{uuid4().hex[:12]}"
        with psycopg.connect(postgres.url(ADMIN, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {} owner stocklake").format(sql.Identifier(name)))
            connection.execute(sql.SQL("grant connect on database {} to analyst, reader").format(sql.Identifier(name)))
        url = postgres.url("stocklake", name)
        migrate(url)
        return Gold(url, dbt_folder)

    return create


@pytest.fixture
def gold(new_gold: Callable[[], Gold]) -> Gold:
    """A migrated database of this test's own."""
    return new_gold()
