"""A warehouse to publish into: silver is written by the test, gold is built by the real dbt."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import yaml
from psycopg import sql
from pydantic import SecretStr

from include.gold.check_results import record_checks
from include.gold.dbt_environment import DBT_PROJECT, dbt_environment
from include.settings import Settings
from include.steps.preparing import prepare_bars
from tests.dbt.dbt_process import DbtProcess, Invocation, Point
from tests.dbt.parsed_project import copy_project
from tests.dbt.weeks import Week

MARKET_NOW = "2013-03-02T12:00:00Z"
VARIABLES = {"market_now": MARKET_NOW, "is_sample_market": True}
GREEN = {"success", "pass", "warn", "no-op"}  # what becomes of a node where nothing is wrong
NO_CONTENT = ("load_timestamp", "execution_batch_id")
CONTRACTS = yaml.safe_load((DBT_PROJECT / "models/gold/_gold__models.yml").read_text())["models"]
PUBLISHED_TABLES = CONTRACTS[0]["config"]["meta"]["published_tables"]
TABLES = tuple(sorted(table["name"] for table in PUBLISHED_TABLES))
OF_DAYS = {"dim_trading_day", *(table["name"] for table in PUBLISHED_TABLES if table.get("bars") == "days")}
PUBLICATION = ("--exclude", "tag:whole_table", "--exclude-resource-type", "unit_test")

# Sets a warehouse aside, and makes an empty one in its place until the block ends.
AnotherGold = Callable[["Gold"], AbstractContextManager["Gold"]]


@dataclass(frozen=True)
class Gold:
    """A database of the test's own with silver, and dbt to build gold from it."""

    url: str = field(repr=False)
    folder: Path
    packages: Path = DBT_PROJECT / "offline_packages"
    project: Path = DBT_PROJECT
    market_now: str = MARKET_NOW
    parsed: Path | None = None

    def with_project_in(self, folder: Path) -> "Gold":
        """The same warehouse, and a copy of the project that a test may change."""
        return replace(self, project=copy_project(folder / "dbt_project"), folder=folder / "target", parsed=None)

    def write(self, *weeks: Week) -> None:
        """Put weeks into silver, over what is there of the same weeks."""
        with psycopg.connect(self.url) as connection:
            connection.cursor().executemany(
                "delete from silver.weekly_adjusted_prices where symbol = %s and week_ending = %s",
                [(week.symbol, week.week_ending) for week in weeks],
            )
        self.insert(*weeks)

    def insert(self, *weeks: Week) -> None:
        """Put weeks into silver beside what is there."""
        columns = list(Week().columns())
        statement = sql.SQL("insert into silver.weekly_adjusted_prices ({}) values ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(map(sql.Placeholder, columns))
        )
        with psycopg.connect(self.url) as connection:
            connection.cursor().executemany(statement, [week.columns() for week in weeks])

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Change or ask something as the owner."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def publish(self, *options: str) -> dict[str, str]:
        """Run `dbt build` as a publication does; what became of each node, by its name."""
        return self.dbt("build", *PUBLICATION, *options)

    def dbt(self, *arguments: str) -> dict[str, str]:
        """Run dbt and keep what its checks found; what became of each node, by its name."""
        process = self._start(*arguments)
        said = process.end()
        assert said, process.words
        record_checks(self.folder, self.url)
        return said

    @contextmanager
    def held(self, point: Point, *options: str) -> Iterator[DbtProcess]:
        """Start a publication, one node at a time, and hold it at the point; what is left of it ends with the block."""
        build = self._start("build", *PUBLICATION, "--threads", "1", *options, hold_at=point)
        try:
            build.wait_until_held()
            yield build
        finally:
            with suppress(ProcessLookupError):
                build.kill_worker()
            build.worker.join()

    def prepare(self, *, is_whole: bool = False) -> None:
        """Prepare the bars of what changed, as the task before dbt does."""
        prepare_bars(self.url, code=self._fingerprint(), is_whole=is_whole)

    def _fingerprint(self) -> str:
        files = sorted(path for path in self.project.rglob("*") if path.suffix in {".sql", ".yml", ".csv"})
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    def _start(self, *arguments: str, hold_at: Point | None = None) -> DbtProcess:
        if arguments[0] == "build":
            self.prepare(is_whole="--full-refresh" in arguments)
        settings = Settings(db_url=SecretStr(self.url), dbt_packages_dir=self.packages)
        command = [
            *arguments,
            *("--vars", json.dumps(VARIABLES | {"market_now": self.market_now})),
            *("--target-path", str(self.folder), "--log-path", str(self.folder)),
            *("--project-dir", str(self.project), "--profiles-dir", str(self.project)),
        ]
        self.folder.mkdir(exist_ok=True)
        invocation = Invocation(command, dbt_environment(settings), self.folder, self.parsed)
        return DbtProcess.start(invocation, Path(mkdtemp(dir=self.folder)), hold_at)

    def last_publication(self) -> dict[str, object]:
        """The newest row of gold.publications."""
        with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as connection:
            newest = connection.execute("select * from gold.publications order by published_at desc limit 1").fetchone()
        assert newest, "nothing was published"
        return newest

    def is_filled(self) -> bool:
        """Whether every table that follows from weeks holds a row."""
        return all(self.rows(table) for table in TABLES if table not in OF_DAYS)

    def contents(self) -> dict[str, list[str]]:
        """Every row of gold but for when and by whom it was loaded, in a fixed order."""
        return {table: self.rows(table) for table in TABLES}

    def rows(self, table: str, where: str = "true") -> list[str]:
        """The rows of a table of gold as text, but for when and by whom they were loaded."""
        without = " - ".join(["to_jsonb(published)", *(f"'{name}'" for name in NO_CONTENT)])
        found = self.execute(f"select ({without})::text from gold.{table} as published where {where} order by 1")
        return [str(row[0]) for row in found]

    def facts(self, symbol: str, *columns: str) -> list[tuple[object, ...]]:
        """Some columns of a stock's weeks, oldest first."""
        return self.execute(
            f"select {', '.join(columns)} from gold.fact_adjusted_prices where symbol = '{symbol}' order by week_ending"
        )
