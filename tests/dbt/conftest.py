"""Databases of their own for the tests of gold."""

from collections.abc import Callable
from pathlib import Path

import pytest

from include.local_stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from tests.databases import create_database
from tests.dbt.gold import Gold


@pytest.fixture(scope="session")
def dbt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt keeps its state: one folder, so that it parses the project once."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def new_gold(postgres: EmbeddedPostgres, dbt_folder: Path) -> Callable[[], Gold]:
    """Make a migrated database that no batch has reached."""

    def create() -> Gold:
        url = postgres.url("stocklake", create_database(postgres, "dbt"))
        migrate(url)
        return Gold(url, dbt_folder)

    return create


@pytest.fixture
def gold(new_gold: Callable[[], Gold]) -> Gold:
    """A migrated database of this test's own."""
    return new_gold()
