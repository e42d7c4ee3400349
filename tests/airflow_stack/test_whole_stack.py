"""`make up`, again `make up`, `make sql`, `make down`: the whole stack on ports and in a folder of its own.

It goes on from the home of an earlier version, so that the first `make up` is an upgrade; test_airflow_run begins anew.
Its user shares the machine: everybody may read and write what he makes, his home folder has a long name, his TMPDIR is
watched, and where root can be had, `/tmp` is one that another user was in first.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import yaml

from include.gold.dbt_environment import DBT_PROJECT
from include.local_stack.credentials import GENERATORS, ensure_credentials
from include.local_stack.session import MARK, StackSession
from include.local_stack.stack_end import stored_postgres
from include.settings import VARIABLES
from tests.conftest import free_port
from tests.upgrade.home import restore_home

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("AIRFLOW_PORT", "DASHBOARD_PORT", "POSTGRES_PORT", "S3_PORT", "MARKET_PORT")
UP_SECONDS = 600
LONGEST_SOCKET = 107  # characters of a Unix socket's path
# A mount namespace of its own, whose /tmp holds another user's folder and the folder of this test, nothing else.
SHARED_MACHINE = """
set -e
mount -t tmpfs -o mode=1777 shared /mnt
mkdir -m 700 /mnt/cosmos && chown nobody /mnt/cosmos
mkdir -p "/mnt/$1" && mount --bind "/tmp/$1" "/mnt/$1"
mount --rbind /mnt /tmp
shift
exec "$@"
"""
DUMPED_AT = "2024-11-26 00:00:00+00"


@dataclass(frozen=True)
class Stack:
    """The commands of one stack, as a user gives them."""

    home: Path
    environment: dict[str, str]

    def call(self, *arguments: str, through: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*through, sys.executable, "-m", "include.commands", *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment,
            umask=0,
            timeout=UP_SECONDS,
        )

    @property
    def shared_tmp(self) -> Path:
        """The caller's folder of temporary files."""
        return Path(self.environment["TMPDIR"])

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
    folder = tmp_path_factory.mktemp("whole")
    home = folder / ("a_folder_with_a_long_name_" * 5) / "home"
    (folder / "tmp").mkdir()
    by_hand = VARIABLES - set(GENERATORS)
    unset = {name: "" for name in by_hand if name.endswith(("_URL", "_KEY", "_ID", "_DIR"))}
    own = {name: str(free_port()) for name in PORTS}
    environment = {**os.environ, **unset, **own, "STOCKLAKE_HOME": str(home), "STOCK_SYMBOLS": "AAPL,FB,GOOG,IBM,MSFT"}
    environment |= {"TMPDIR": str(folder / "tmp")}
    stack = Stack(home, {name: value for name, value in environment.items() if not name.startswith("AIRFLOW__")})
    restore_home(home, postgres_port=int(own["POSTGRES_PORT"]))
    yield stack
    stack.call("down")
    if home.exists():
        stored_postgres(home).remove()


def test_up_builds_the_history_of_the_five_tickers(stack: Stack) -> None:
    ended = stack.call("up", through=_through_a_shared_machine(stack))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "5 tickers, 2,525 weeks" in ended.stdout
    assert "sample market, 2000 to 2013" in ended.stdout
    assert stack.ask("select count(*) from gold.fact_adjusted_prices") == ["2525"]
    assert stack.ask("select count(*) from silver.weekly_adjusted_prices") == ["2525"]


def test_aapl_moved_as_the_market_did_in_the_weeks_of_its_splits(stack: Stack) -> None:
    moves = stack.ask(
        "select round(weekly_return_pct::numeric, 4) from gold.fact_adjusted_prices "
        "where symbol = 'AAPL' and week_ending in ('2000-06-23', '2005-03-04') order by week_ending"
    )

    assert moves == ["13.3677", "-3.7869"]


def test_an_upgrade_loses_nothing(stack: Stack) -> None:
    counts = stack.ask(
        f"select (select count(*) from silver.loaded_answers where loaded_at < '{DUMPED_AT}'), "
        f"(select count(*) from silver.daily_prices), (select count(*) from silver.company_overview), "
        f"(select count(*) from ops.api_calls where called_at < '{DUMPED_AT}'), "
        f"(select count(*) from ops.ticker_runs where updated_at < '{DUMPED_AT}'), "
        f"(select count(*) from ops.pipeline_runs where status = 'success' and finished_at < '{DUMPED_AT}'), "
        f"(select count(*) from gold.publications where published_at < '{DUMPED_AT}')"
    )

    assert counts == ["15,500,5,15,15,6,3"]
    assert len(list((stack.home / "s3").rglob("*.json.gz"))) == 15


def test_an_upgrade_brings_gold_to_the_contract_of_today(stack: Stack) -> None:
    models = yaml.safe_load((DBT_PROJECT / "models/marts/_marts__models.yml").read_text())["models"]
    promised = {
        f"{model['name']}.{column['name']},{column['data_type']}" for model in models for column in model["columns"]
    }
    columns = stack.ask(
        "select table_name || '.' || column_name, data_type from information_schema.columns where table_schema = 'gold'"
    )

    assert len(promised) > 100
    assert set(columns) == promised
    (roles,) = [yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["models"]["+grants"]["select"]]
    named = ", ".join(f"'{role}'" for role in roles)
    unreadable = (
        "select relname, rolname from pg_class, pg_roles where relnamespace = 'gold'::regnamespace and relkind = 'r'"
        f" and rolname in ({named}) and not has_table_privilege(rolname, pg_class.oid, 'select')"
    )
    assert roles
    assert stack.ask(unreadable) == []


def test_a_run_after_the_upgrade_has_nothing_to_publish(stack: Stack) -> None:
    publications = stack.ask("select count(*) from gold.publications")

    ended = stack.call("run")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "nothing to publish" in ended.stdout
    assert stack.ask("select count(*) from gold.publications") == publications == ["4"]


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


def test_the_home_is_its_owners_alone(stack: Stack) -> None:
    assert stat.S_IMODE(stack.home.stat().st_mode) == 0o700
    assert stat.S_IMODE((stack.home / "secrets.env").stat().st_mode) == 0o600


def test_caches_and_temporary_files_are_in_the_home(stack: Stack) -> None:
    environments = [process.environ() for process in stack.processes()]
    told = [environment for environment in environments if MARK in environment]  # a new title covers the environment

    assert len(told) > 5
    assert {environment.get("TMPDIR") for environment in told} == {str(stack.home / "tmp")}
    assert list(stack.shared_tmp.iterdir()) == []
    assert list((stack.home / "cosmos").rglob("partial_parse.msgpack")) != []


def test_no_socket_has_a_path_whose_length_could_matter(stack: Stack) -> None:
    sockets = [found.laddr for process in stack.processes() for found in process.net_connections("unix")]

    assert len(str(stack.home)) > LONGEST_SOCKET
    assert sockets
    assert [path for path in sockets if path] == []


def test_what_another_user_was_first_to_make_is_neither_read_nor_written(stack: Stack) -> None:
    if not _through_a_shared_machine(stack):
        pytest.skip("a /tmp of one's own takes root and the right to mount")
    session = StackSession.read(stack.home)
    assert session is not None
    shared = Path(f"/proc/{session.pid}/root/tmp")  # as the stack sees it

    own = stack.shared_tmp.parent.relative_to("/tmp").parts[0]
    assert {path.name for path in shared.iterdir()} == {"cosmos", own}
    assert list((shared / "cosmos").iterdir()) == []


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


def _through_a_shared_machine(stack: Stack) -> tuple[str, ...]:
    folder, unshare = stack.shared_tmp.parent, shutil.which("unshare")
    is_possible = (
        os.geteuid() == 0
        and unshare is not None
        and tempfile.gettempdir() == "/tmp"
        and folder.is_relative_to("/tmp")
        and not ROOT.is_relative_to("/tmp")
        and subprocess.run([unshare, "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], check=False).returncode == 0
    )
    relative = str(folder.relative_to("/tmp")) if is_possible else ""
    return (str(unshare), "--mount", "sh", "-c", SHARED_MACHINE, "sh", relative) if is_possible else ()


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
