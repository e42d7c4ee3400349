"""Databases for the pages: gold built once by the real dbt project from the sample market, then copied per test."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from include.alpha_vantage.functions import Function
from include.bronze.keys import BronzeKey, short_hash
from include.local_stack.market.listing import honest_answer
from include.local_stack.market.replies import Call
from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.observability.run_ledger import claim_market
from include.settings import PROJECT_ROOT, SAMPLE_SYMBOLS, Settings
from include.silver.company import normalize_overview
from include.silver.load import Answer, load_answers
from include.silver.normalize import normalize_weekly
from include.warehouse.dbt_env import dbt_environment
from include.warehouse.migrate import migrate

EMPTY, FULL = "pages_empty", "pages_full"
FETCHED_AT = datetime(2013, 3, 2, 12, tzinfo=UTC)
SILVER_BATCH = "weekly_adjusted_prices:test"
GOLD_BATCH = "gold_star_schema:test"
NORMALIZE = {Function.WEEKLY_ADJUSTED: normalize_weekly, Function.OVERVIEW: normalize_overview}
DBT_SECONDS = 180


@dataclass(frozen=True)
class Warehouse:
    """A database of its own, as its owner and as the analyst."""

    url: str = field(repr=False)
    analyst_url: str = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make the dashboard read this warehouse."""
        return {"DB_URL": self.url, "ANALYST_DB_URL": self.analyst_url, "ALPHA_VANTAGE_API_KEY": ""}

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Change or ask something as the owner."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


@pytest.fixture(scope="session")
def gold_template(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the database to copy: the sample market through silver and dbt into gold."""
    if not _exists(postgres, FULL):
        warehouse = _create(postgres, EMPTY)
        migrate(warehouse.url)
        warehouse = _create(postgres, FULL, template=EMPTY)
        _fill_silver(warehouse)
        _build_gold(warehouse, tmp_path_factory.mktemp("dbt"))
    return FULL


@pytest.fixture
def warehouse(postgres: EmbeddedPostgres, gold_template: str) -> Iterator[Warehouse]:
    """A warehouse of this test's own, with the sample market published."""
    yield from _copied(postgres, gold_template)


@pytest.fixture
def empty_warehouse(postgres: EmbeddedPostgres, gold_template: str) -> Iterator[Warehouse]:
    """A migrated warehouse that no batch has reached."""
    yield from _copied(postgres, EMPTY)


def database(postgres: EmbeddedPostgres, name: str) -> Warehouse:
    """A database of the test server by its name."""
    return Warehouse(postgres.url("stocklake", name), postgres.url("analyst", name))


def _copied(postgres: EmbeddedPostgres, template: str) -> Iterator[Warehouse]:
    name = f"pages_{uuid4().hex[:12]}"
    yield _create(postgres, name, template=template)
    _admin(postgres, "drop database {} with (force)", name)


def _create(postgres: EmbeddedPostgres, name: str, template: str = "template1") -> Warehouse:
    _admin(postgres, "create database {} owner stocklake template {}", name, template)
    _admin(postgres, "grant connect on database {} to analyst", name)
    return database(postgres, name)


def _exists(postgres: EmbeddedPostgres, name: str) -> bool:
    with psycopg.connect(postgres.url(ADMIN, "postgres")) as connection:
        return connection.execute("select from pg_database where datname = %s", [name]).fetchone() is not None


def _admin(postgres: EmbeddedPostgres, statement: str, *names: str) -> None:
    with psycopg.connect(postgres.url(ADMIN, "postgres"), autocommit=True) as connection:
        identifiers = [sql.Identifier(name) for name in names]
        connection.execute(sql.SQL(statement).format(*identifiers))  # type: ignore[arg-type]  # literals above


def _fill_silver(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.url) as connection:
        claim_market(connection, is_sample=True)
        for function in NORMALIZE:
            answers = [_answer(function, symbol) for symbol in SAMPLE_SYMBOLS]
            load_answers(connection, function, answers, batch=SILVER_BATCH)


def _answer(function: Function, symbol: str) -> Answer:
    body = honest_answer(Call(function, symbol, api_key="test"), FETCHED_AT.date()).body
    series = NORMALIZE[function](body, symbol=symbol, fetched_at=FETCHED_AT)
    return Answer(BronzeKey(function, symbol, FETCHED_AT, short_hash(body)), series)


def _build_gold(warehouse: Warehouse, folder: Path) -> None:
    settings = Settings(**{name.lower(): value for name, value in warehouse.environment.items()})
    variables = (
        f"{{execution_batch_id: '{GOLD_BATCH}', market_now: '{FETCHED_AT.isoformat()}', is_sample_market: true}}"
    )
    options = ["--project-dir", "dbt_project", "--profiles-dir", "dbt_project", "--vars", variables]
    built = subprocess.run(
        [PROJECT_ROOT / ".venv/bin/dbt", "build", *options, "--target-path", folder, "--log-path", folder],
        cwd=PROJECT_ROOT,
        env={**os.environ, "DBT_PACKAGES_DIR": "offline_packages", **dbt_environment(settings)},
        check=False,
        capture_output=True,
        text=True,
        timeout=DBT_SECONDS,
    )
    assert built.returncode == 0, built.stdout
