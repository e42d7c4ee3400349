"""Databases for the tests of gold, and the project as dbt parses it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from include.gold.dbt_environment import DBT_PROJECT
from include.local_stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from tests.databases import copy_database, create_database, drop_database, rename_database
from tests.dbt.gold import AnotherGold, Gold
from tests.dbt.parsed_project import DATABASE, PARSED, parse

SET_ASIDE = "gold_set_aside"


@pytest.fixture(scope="session")
def dbt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt keeps its state."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as dbt parses it, once for all builds that do not change it."""
    folder = tmp_path_factory.mktemp("parsed")
    parse(DBT_PROJECT, folder)
    return folder / PARSED


@pytest.fixture(scope="session")
def migrated(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated database, of which others are copies."""
    name = create_database(postgres, "migrated")
    migrate(postgres.url("stocklake", name))
    return name


@pytest.fixture(scope="session")
def new_gold(postgres: EmbeddedPostgres, dbt_folder: Path, parsed: Path, migrated: str) -> Callable[[], Gold]:
    """Make a migrated database that no batch has reached, in the place of the one before."""

    def create() -> Gold:
        copy_database(postgres, migrated, DATABASE)
        return Gold(postgres.url("stocklake", DATABASE), dbt_folder, parsed=parsed)

    return create


@pytest.fixture(scope="session")
def another_gold(postgres: EmbeddedPostgres, migrated: str) -> AnotherGold:
    """Make a second warehouse where the first stood, of the same project, until the block ends."""

    @contextmanager
    def create(first: Gold) -> Iterator[Gold]:
        rename_database(postgres, DATABASE, SET_ASIDE)
        copy_database(postgres, migrated, DATABASE)
        try:
            yield first
        finally:
            drop_database(postgres, DATABASE)
            rename_database(postgres, SET_ASIDE, DATABASE)

    return create


@pytest.fixture
def gold(new_gold: Callable[[], Gold]) -> Gold:
    """A migrated database of this test's own."""
    return new_gold()
