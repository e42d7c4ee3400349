"""`make up`, again `make up`, `make sql`, `make down`: the whole stack on ports and in a folder of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from include.local_stack.credentials import GENERATORS, ensure_credentials
from include.local_stack.down import stored_postgres
from include.local_stack.session import StackSession
from include.settings import Settings
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("AIRFLOW_PORT", "DASHBOARD_PORT", "POSTGRES_PORT", "S3_PORT", "MARKET_PORT")
UP_SECONDS = 600


@dataclass(frozen=True)
class Stack:
    """The commands of one stack, as a user gives them."""

    home: Path
    environment: dict[str, str]

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "include.cli", *arguments]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=ROOT, env=self.environment, timeout=UP_SECONDS
        )

    def ask(self, query: str) -> list[str]:
        return self.call("sql", query).stdout.splitlines()[1:]

    def processes(self) -> list[psutil.Process]:
        session = StackSession.read(self.home)
        return session.processes() if session else []

    def starts(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = json.loads((self.home / "run" / "services.json").read_text())
        return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("whole") / "home"
    by_hand = {name.upper() for name in Settings.model_fields} - set(GENERATORS)
    unset = {name: "" for name in by_hand if name.endswith(("_URL", "_KEY", "_ID", "_DIR"))}
    own = {name: str(free_port()) for name in PORTS}
    environment = {**os.environ, **unset, **own, "STOCKLAKE_HOME": str(home), "STOCK_SYMBOLS": "AAPL,FB,GOOG,IBM,MSFT"}
    stack = Stack(home, {name: value for name, value in environment.items() if not name.startswith("AIRFLOW__")})
    yield stack
    stack.call("down")
    if home.exists():
        stored_postgres(home).remove()


def test_up_builds_the_history_of_the_five_tickers(stack: Stack) -> None:
    ended = stack.call("up")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "5 tickers, 2,525 weeks" in ended.stdout
    assert "sample market, 2000 to 2013" in ended.stdout
    assert stack.ask("select count(*) from gold.fact_adjusted_prices") == ["2525"]
    assert stack.ask("select count(*) from silver.weekly_adjusted_prices") == ["2525"]


def test_aapl_moved_as_the_market_did_in_the_weeks_of_its_splits(stack: Stack) -> None:
    moves = stack.ask(
        "select round(weekly_return_pct::numeric, 2) from gold.fact_adjusted_prices "
        "where symbol = 'AAPL' and week_ending in ('2000-06-23', '2005-03-04') order by week_ending"
    )

    assert moves == ["13.37", "-3.79"]


def test_up_again_starts_nothing_anew_and_runs_nothing(stack: Stack) -> None:
    before, runs = stack.starts(), stack.ask("select count(*) from ops.pipeline_runs")
    began = time.monotonic()

    ended = stack.call("up")

    assert ended.returncode == 0, ended.stderr
    assert time.monotonic() - began < 20  # one second on an idle machine
    assert stack.starts() == before
    assert stack.ask("select count(*) from ops.pipeline_runs") == runs


def test_nothing_listens_beyond_this_machine(stack: Stack) -> None:
    listening = [
        found.laddr.ip
        for process in stack.processes()
        for found in process.net_connections("inet")
        if found.status == psutil.CONN_LISTEN
    ]

    assert len(listening) >= 4
    assert set(listening) == {"127.0.0.1"}


def test_no_secret_shows_among_the_processes(stack: Stack) -> None:
    secrets = ensure_credentials(stack.home).values()
    shown = " ".join(argument for process in psutil.process_iter() for argument in _arguments(process))

    assert secrets
    assert [secret for secret in secrets if secret in shown] == []


def test_what_dies_is_started_again(stack: Stack) -> None:
    victim = stack.starts()["s3"]["pid"]
    psutil.Process(victim).kill()

    deadline = time.monotonic() + 30
    while stack.starts()["s3"]["pid"] in {victim, None} and time.monotonic() < deadline:
        time.sleep(0.5)

    assert stack.starts()["s3"]["starts"] == 2


def test_down_leaves_no_process(stack: Stack) -> None:
    session, everybody = StackSession.read(stack.home), stack.processes()
    assert session is not None
    assert len(everybody) > 8

    ended = stack.call("down")

    assert ended.returncode == 0, ended.stderr
    assert session.processes() == []
    assert not [process for process in everybody if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert not stored_postgres(stack.home).is_running()


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
