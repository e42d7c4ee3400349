"""A warehouse to publish into: silver is written by the test, gold is built by the real dbt."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import yaml
from psycopg import sql
from pydantic import SecretStr

from include.gold.checks import record_checks
from include.gold.dbt_environment import DBT_PROJECT, RUN_RESULTS, dbt_command, dbt_environment
from include.settings import Settings
from tests.dbt.weeks import Week

MARKET_NOW = "2013-03-02T12:00:00Z"
VARIABLES = {"market_now": MARKET_NOW, "is_sample_market": True}
NO_CONTENT = ("load_timestamp", "execution_batch_id")
CONTRACTS = yaml.safe_load((DBT_PROJECT / "models/gold/_gold__models.yml").read_text())["models"]
PUBLISHED_TABLES = CONTRACTS[0]["config"]["meta"]["published_tables"]
TABLES = tuple(sorted(table["name"] for table in PUBLISHED_TABLES))
PUBLICATION = ("--exclude", "tag:whole_table", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Gold:
    """A database of the test's own with silver, and dbt to build gold from it."""

    url: str = field(repr=False)
    folder: Path
    packages: Path = DBT_PROJECT / "offline_packages"
    project: Path = DBT_PROJECT
    market_now: str = MARKET_NOW

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
        settings = Settings(db_url=SecretStr(self.url), dbt_packages_dir=self.packages)
        command = dbt_command(
            *arguments,
            *("--vars", json.dumps(VARIABLES | {"market_now": self.market_now})),
            *("--target-path", str(self.folder), "--log-path", str(self.folder)),
            project=self.project,
        )
        results = self.folder / RUN_RESULTS
        results.unlink(missing_ok=True)
        environment = {**os.environ, **dbt_environment(settings)}
        ended = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=300)
        assert results.exists(), ended.stdout
        record_checks(self.folder, self.url)
        found = json.loads(results.read_text())["results"]
        nodes = [result for result in found if not result["unique_id"].startswith("operation.")]  # hooks of the run
        return {name_of(result["unique_id"]): result["status"] for result in nodes}

    def last_publication(self) -> dict[str, object]:
        """The newest row of gold.publications."""
        with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as connection:
            newest = connection.execute("select * from gold.publications order by published_at desc limit 1").fetchone()
        assert newest, "nothing was published"
        return newest

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


def name_of(unique_id: str) -> str:
    """The name of a node as people write it."""
    kind, _, *rest = unique_id.split(".")
    return rest[1] if kind == "unit_test" else rest[0]
