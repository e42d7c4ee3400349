"""Databases for the pages: gold built once by the real dbt project from the sample market, then copied per test."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from include.gold.check_results import record_checks
from include.gold.dbt_environment import dbt_environment
from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.market_simulator.listing import normal_reply
from include.market_simulator.replies import Call
from include.settings import PROJECT_ROOT, SAMPLE_SYMBOLS, Settings, get_settings
from include.silver.datasets import find_dataset
from include.silver.load import load_payloads
from include.silver.normalize import NormalizedSeries
from include.steps.preparing import prepare_bars
from include.warehouse.market import claim_warehouse
from include.warehouse.migrate import migrate
from tests.dashboards.ledgers import fill_ledgers
from tests.databases import copy_database, drop_database, execute_as_admin
from tests.payloads import normalize

EMPTY, FULL, SHARED = "pages_empty", "pages_full", "pages_shared"
FETCHED_AT = datetime(2013, 3, 2, 12, tzinfo=UTC)
KNOWN_EARLIER = datetime(2012, 10, 6, 12, tzinfo=UTC)  # before a dividend of AAPL, IBM and MSFT each
SILVER_BATCH = "weekly_adjusted_prices:test"
EARLIER_BATCH = "weekly_adjusted_prices:earlier"
DAILY_BATCH = "stock_data_pipeline:earlier"
GOLD_BATCH = SILVER_BATCH  # gold carries the batch that asked for it
DATASETS = ("weekly_adjusted_prices", "company_overview")
DAILY = "daily_prices"  # all of its history, fetched once
DBT_SECONDS = 180
# Whatever runs on the machine: the pages ask no other market's clock, look into no other lake.
NOTHING_ELSE = {
    "MARKET_PORT": "1",
    "ALPHA_VANTAGE_BASE_URL": "",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "STOCK_SYMBOLS": ",".join(SAMPLE_SYMBOLS),
}


@dataclass
class Warehouse:
    """A database as its owner and as the role of the pages; one that is shared until a test changes something in it."""

    url: str = field(repr=False)
    reader_url: str = field(repr=False)
    settings: dict[str, str] = field(default_factory=dict, repr=False)
    copy: Callable[[], "Warehouse"] | None = field(default=None, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make the dashboard read this warehouse."""
        return {
            "DB_URL": self.url,
            "READER_DB_URL": self.reader_url,
            "ALPHA_VANTAGE_API_KEY": "",
            **NOTHING_ELSE,
            **self.settings,
        }

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Change or ask something as the owner; a change is made in a copy of the test's own."""
        if self.copy and not statement.lstrip().startswith("select"):
            own, self.copy = self.copy(), None
            self.url, self.reader_url = own.url, own.reader_url
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
        fill_ledgers(warehouse.url)
        _build_gold(warehouse, tmp_path_factory.mktemp("dbt"))
    return FULL


@pytest.fixture(scope="session")
def shared_gold(postgres: EmbeddedPostgres, gold_template: str) -> str:
    """The name of a copy that can only be read: a copy for each test takes most of a second."""
    if not _exists(postgres, SHARED):
        copy_database(postgres, gold_template, SHARED)
        execute_as_admin(postgres, "alter database {} set default_transaction_read_only = on", SHARED)
    return SHARED


@pytest.fixture
def warehouse(
    postgres: EmbeddedPostgres, gold_template: str, shared_gold: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """A warehouse with the sample market published, of this test's own as soon as it changes something."""
    name, shared = f"pages_{uuid4().hex[:12]}", database(postgres, shared_gold)

    def make_own() -> Warehouse:
        own = _create(postgres, name, template=gold_template)
        if os.environ.get("READER_DB_URL") == shared.reader_url:  # a page is open already
            monkeypatch.setenv("DB_URL", own.url)
            monkeypatch.setenv("READER_DB_URL", own.reader_url)
            get_settings.cache_clear()
        return own

    yield replace(shared, copy=make_own)
    drop_database(postgres, name)


@pytest.fixture
def empty_warehouse(postgres: EmbeddedPostgres, gold_template: str) -> Iterator[Warehouse]:
    """A migrated warehouse that no batch has reached."""
    yield from copied(postgres, EMPTY)


def database(postgres: EmbeddedPostgres, name: str) -> Warehouse:
    """A database of the test server by its name."""
    return Warehouse(postgres.url("stocklake", name), postgres.url("reader", name))


def copied(postgres: EmbeddedPostgres, template: str) -> Iterator[Warehouse]:
    """A copy of a database for as long as the caller needs it."""
    name = f"pages_{uuid4().hex[:12]}"
    yield _create(postgres, name, template=template)
    drop_database(postgres, name)


def _create(postgres: EmbeddedPostgres, name: str, template: str = "template1") -> Warehouse:
    copy_database(postgres, template, name)
    return database(postgres, name)


def _exists(postgres: EmbeddedPostgres, name: str) -> bool:
    with psycopg.connect(postgres.url(ADMIN, "postgres")) as connection:
        return connection.execute("select from pg_database where datname = %s", [name]).fetchone() is not None


def _fill_silver(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.url) as connection:
        claim_warehouse(connection, is_sample=True)
        for fetched_at, batch in ((KNOWN_EARLIER, EARLIER_BATCH), (FETCHED_AT, SILVER_BATCH)):
            for name in DATASETS:
                payloads = [_payload(name, symbol, fetched_at) for symbol in SAMPLE_SYMBOLS]
                load_payloads(connection, find_dataset(name), payloads, accepted={}, batch=batch)
        days = [_payload(DAILY, symbol, FETCHED_AT) for symbol in SAMPLE_SYMBOLS]
        load_payloads(connection, find_dataset(DAILY), days, accepted={}, batch=DAILY_BATCH)


def body_of(function: str, symbol: str, fetched_at: datetime) -> bytes:
    """What the sample market answers at a moment."""
    return normal_reply(Call(function, symbol, api_key="test", output_size="full"), fetched_at.date()).body


def _payload(name: str, symbol: str, fetched_at: datetime) -> NormalizedSeries:
    dataset = find_dataset(name)
    body = body_of(dataset.function.name, symbol, fetched_at)
    return normalize(dataset, body, symbol=symbol, fetched_at=fetched_at)


def _build_gold(warehouse: Warehouse, folder: Path) -> None:
    settings = Settings(**{name.lower(): value for name, value in warehouse.environment.items()})
    variables = (
        f"{{execution_batch_id: '{GOLD_BATCH}', market_now: '{FETCHED_AT.isoformat()}', is_sample_market: true}}"
    )
    options = [
        "--exclude-resource-type",
        "unit_test",
        "--project-dir",
        "dbt_project",
        "--profiles-dir",
        "dbt_project",
        "--vars",
        variables,
    ]
    prepare_bars(warehouse.url, code="the code of this test run", is_whole=True)
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
    record_checks(folder, warehouse.url)
