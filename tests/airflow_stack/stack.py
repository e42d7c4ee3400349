"""A stack of the tests' own, on free ports, driven by the commands behind `make`."""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from include.local_stack.credentials import GENERATORS, ensure_credentials
from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.stack_session import StackSession
from include.settings import PROJECT_ROOT, VARIABLES
from tests.conftest import free_port
from tests.market_server import MarketServer

COMMAND = (sys.executable, "-m", "include.commands")
SECONDS = 900  # for a command; minutes only where many tests share two cores
PORTS = ("AIRFLOW_PORT", "DASHBOARD_PORT", "POSTGRES_PORT", "S3_PORT", "MARKET_PORT")
EVERY_ROW = (
    "select 'silver', count(*), md5(string_agg(bar::text, '' order by symbol, week_ending))"
    " from silver.weekly_adjusted_prices as bar"
    " union all "
    "select 'gold', count(*), md5(string_agg(fact::text, '' order by symbol, week_ending))"
    " from gold.fact_adjusted_prices as fact order by 1"
)
SUBMIT = """
import json, sys
from include.commands.run import run_and_publish
sys.exit(run_and_publish([sys.argv[1]], json.loads(sys.argv[2])))
"""
RED_TASKS = (
    "select task_id from task_instance where state = 'failed' and run_id ="
    " (select run_id from dag_run where dag_id = '{}' order by start_date desc limit 1)"
)


def environment_of(home: Path, temporary: Path, **changes: str) -> dict[str, str]:
    """What a user's shell would say: own ports, the sample market, nothing of the caller's own settings."""
    by_hand = VARIABLES - set(GENERATORS)
    # Empty means "not set": a developer's own .env must not reach the test.
    unset = dict.fromkeys((name for name in by_hand if name.endswith(("_URL", "_KEY", "_ID", "_DIR"))), "")
    own = {
        "STOCKLAKE_HOME": str(home),
        "STOCK_SYMBOLS": "AAPL,FB,GOOG,IBM,MSFT",
        "PIPELINE": "weekly",  # what most tests ask about; `test_first_start.py` starts all
        "TMPDIR": str(temporary),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return inherited | unset | free_ports() | own | changes


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """How a command ended that was begun, with what it printed since it was read last."""
    said, _ = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(process.args, process.returncode, said)


def free_ports() -> dict[str, str]:
    """Ports for a stack."""
    return {name: str(free_port()) for name in PORTS}


@dataclass(frozen=True)
class Stack:
    """The commands of one stack, as a user gives them, and what is to be seen of it from outside.

    `through` goes before every command: it may be another user's.
    """

    home: Path
    environment: dict[str, str]
    through: tuple[str, ...] = ()

    def call(self, *arguments: str, through: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; what it prints is kept, errors too."""
        return self._run(*through, *COMMAND, *arguments)

    def submit(self, dag_id: str, **form: object) -> subprocess.CompletedProcess[str]:
        """Run a DAG with what a user writes into its form, and follow it as a command does."""
        return self._run(sys.executable, "-c", SUBMIT, dag_id, json.dumps(form))

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and come back at once; `ended` waits for it."""
        return subprocess.Popen(
            [*self.through, *COMMAND, *arguments],
            cwd=PROJECT_ROOT,
            env=self.environment,
            umask=0,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same through `make`."""
        return self._run("make", *arguments)

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.through, *command],
            cwd=PROJECT_ROOT,
            env=self.environment,
            umask=0,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )

    def query(self, sql: str) -> list[list[str]]:
        """The rows of an answer, read as `make sql` reads them."""
        answered = self.call("sql", sql)
        assert answered.returncode == 0, answered.stdout
        return list(csv.reader(io.StringIO(answered.stdout)))[1:]

    @property
    def postgres(self) -> EmbeddedPostgres:
        """Its Postgres, for what no command does."""
        return EmbeddedPostgres(self.home, int(self.environment["POSTGRES_PORT"]), ensure_credentials(self.home))

    @property
    def market(self) -> MarketServer:
        """Its sample market, which already runs."""
        return MarketServer(self.home / "market", int(self.environment["MARKET_PORT"]))

    @property
    def shared_tmp(self) -> Path:
        """The caller's folder of temporary files."""
        return Path(self.environment["TMPDIR"])

    def ask_airflow(self, sql: str) -> list[Any]:
        """The first column of an answer of Airflow's database."""
        with psycopg.connect(self.postgres.url("airflow", "airflow")) as airflow:
            return [first for first, *_ in airflow.execute(sql.encode()).fetchall()]

    def announced_publications(self) -> list[dict[str, object]]:
        """What the events of the Asset `gold` carry, oldest first."""
        return self.ask_airflow(
            "select asset_event.extra from asset_event join asset on asset.id = asset_id"
            " where asset.name = 'gold' order by asset_event.timestamp"
        )

    def bronze_objects(self) -> set[str]:
        """The objects of the lake."""
        return {str(path.relative_to(self.home)) for path in (self.home / "s3").rglob("*.json.gz")}

    def starts(self) -> dict[str, dict[str, int]]:
        """The process of each service now, and how often it was started."""
        found: dict[str, dict[str, int]] = json.loads((self.home / "run" / "services.json").read_text())
        return found

    def session_processes(self) -> list[psutil.Process]:
        """Everything that the supervisor started."""
        session = StackSession.read(self.home)
        return session.processes() if session else []

    def processes_that_name_the_home(self) -> list[str]:
        """Everything that still works in this home, or for it."""
        found = []
        for process in psutil.process_iter():
            try:
                command = process.cmdline()
                told = [*command, process.cwd(), *process.environ().values()]
            except psutil.Error:
                continue
            if process.pid != os.getpid() and any(str(self.home) in text for text in told):
                found.append(" ".join(command))
        return found
