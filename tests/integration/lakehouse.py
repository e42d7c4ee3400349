"""A whole lakehouse for tests that follow odd payloads: a source over HTTP, a bucket, silver, gold by the real dbt."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from include import steps
from include.bronze.store import open_store
from include.errors import StocklakeError
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import get_settings
from include.warehouse.migrate import migrate
from tests.databases import create_database
from tests.dbt.gold import Gold
from tests.integration.source import Source

AFTER_ALL = "2024-05-04T12:00:00Z"  # by the clock of gold; a later week than it allows would be quarantined


@dataclass(frozen=True)
class Run:
    """How one run of a pipeline went."""

    batch: str
    errors: list[StocklakeError]

    @property
    def is_green(self) -> bool:
        """No task of it failed."""
        return not self.errors


@dataclass(frozen=True)
class Lakehouse:
    """The parts, and what a test does with them."""

    source: Source
    gold: Gold

    def run(self, symbols: Sequence[str], *, dataset: str = "weekly_adjusted_prices", force: bool = False) -> Run:
        """Run the pipeline as its DAG does: each task by itself, whatever became of the others."""
        batch, errors = f"{dataset}:{uuid4().hex[:8]}", list[StocklakeError]()
        for group in steps.plan(dataset, batch, symbols=symbols, force=force):
            for task in (steps.fetch, steps.normalize):
                with _noting(errors):
                    task(dataset, group, batch)
        with _noting(errors):
            steps.validate(dataset, batch)
        with _noting(errors):
            steps.report(dataset, batch)
        return Run(batch, errors)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Rows of the warehouse."""
        return self.gold.execute(query)

    def plan_of(self, run: Run) -> dict[str, tuple[str, str]]:
        """By symbol, status and reason of a run."""
        rows = self.ask(
            f"select symbol, status, coalesce(reason, '') from ops.ticker_runs where execution_batch_id = '{run.batch}'"
        )
        return {str(symbol): (str(status), str(reason)) for symbol, status, reason in rows}


@contextmanager
def _noting(errors: list[StocklakeError]) -> Iterator[None]:
    try:
        yield
    except StocklakeError as error:
        errors.append(error)


@contextmanager
def new_lakehouse(
    postgres: EmbeddedPostgres, environment: Mapping[str, str], folder: Path, *, now: datetime
) -> Iterator[Lakehouse]:
    """Make a lakehouse with a database and a bucket of its own; the settings name it until the block ends."""
    name = create_database(postgres, "lakehouse")
    url = postgres.url("stocklake", name)
    migrate(url)
    with Source(now) as source, pytest.MonkeyPatch.context() as patch:
        own = {"DB_URL": url, "BRONZE_BUCKET": name.replace("_", "-"), "ALPHA_VANTAGE_BASE_URL": source.query_url}
        for variable, value in ({"ALPHA_VANTAGE_API_KEY": ""} | dict(environment) | own).items():
            patch.setenv(variable, value)
        get_settings.cache_clear()
        open_store.cache_clear()
        yield Lakehouse(source, Gold(url, folder, market_now=AFTER_ALL))
    get_settings.cache_clear()
    open_store.cache_clear()
