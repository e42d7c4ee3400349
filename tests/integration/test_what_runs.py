"""What `make up`, `make status` and `make down` say of what runs is true, whatever was killed or is full."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partialmethod
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest
from typer.testing import CliRunner

from include.commands.__main__ import app
from include.commands.run import run_pipelines
from include.errors import StackError
from include.local_stack.credentials import ensure_credentials, write_private
from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.service import wait_until
from include.local_stack.stack_session import AT_WORK, MARK, StackSession, exclusive, up_lock
from include.settings import LOOPBACK, get_settings
from tests.airflow_stack.stack import Stack, environment_of

# Postgres looks whether its server lives only where it waits, and a computation does not.
ENDLESS = "do $$ begin loop end loop; end $$"


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """The commands for a home that nobody made yet."""
    return Stack(tmp_path / "parent" / "home", environment_of(tmp_path / "parent" / "home", tmp_path))


@pytest.fixture
def server(stack: Stack) -> Iterator[EmbeddedPostgres]:
    """The Postgres of that home, and nothing else of it."""
    stack.home.mkdir(parents=True, mode=0o700)
    cluster = EmbeddedPostgres(
        stack.home, int(stack.environment["POSTGRES_PORT"]), ensure_credentials(stack.home), durable=False
    )
    cluster.start()
    yield cluster
    cluster.remove()


@contextlib.contextmanager
def endless_query(server: EmbeddedPostgres) -> Iterator[psutil.Process]:
    """A session in the middle of a computation."""
    connection = psycopg.connect(server.url())
    session = psutil.Process(connection.info.backend_pid)
    connection.pgconn.send_query(ENDLESS.encode())
    assert wait_until(lambda: session.cpu_times().user > 0.1, seconds=20)
    yield session
    connection.pgconn.finish()
    with contextlib.suppress(psutil.NoSuchProcess):
        session.kill()


def postmaster_of(server: EmbeddedPostgres) -> psutil.Process:
    return psutil.Process(int((server.folder.resolve() / "data/postmaster.pid").read_text().split()[0]))


def kill_server(server: EmbeddedPostgres) -> None:
    postmaster_of(server).kill()
    assert wait_until(lambda: not server.is_running(), seconds=10)


def test_a_session_of_a_killed_postgres_is_named_and_ended_and_no_other(
    stack: Stack, server: EmbeddedPostgres, postgres: EmbeddedPostgres
) -> None:
    with endless_query(postgres) as neighbour, endless_query(server) as left_behind:
        kill_server(server)
        assert wait_until(lambda: server.processes() == [left_behind], seconds=10)
        shown, ended, afterwards = stack.call("status"), stack.call("down"), stack.call("status")

        assert neighbour.is_running()
    assert f"A killed Postgres left process {left_behind.pid} (postgres: stocklake stocks_dwh" in shown.stdout
    assert ended.returncode == 0, ended.stdout
    assert f"what a killed server had left behind: process {left_behind.pid} (postgres: stocklake" in ended.stdout
    assert server.processes() == []
    assert afterwards.stdout == "Nothing runs. `make up` starts everything.\n"


def test_a_start_of_postgres_ends_what_a_killed_server_left_behind(server: EmbeddedPostgres) -> None:
    with endless_query(server) as left_behind:
        left_behind.suspend()  # deaf besides
        kill_server(server)

        said = server.start()

        assert f"process {left_behind.pid} (postgres: stocklake stocks_dwh" in said
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]
    assert server.start() == ""


def test_a_server_that_had_to_be_killed_is_called_the_server(
    stack: Stack, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.local_stack.postgres_server.STOP_SECONDS", 1)
    monkeypatch.setenv("STOCKLAKE_HOME", str(stack.home))
    postmaster = postmaster_of(server)
    postmaster.suspend()

    ended = CliRunner().invoke(app, ["down"])

    assert ended.exit_code == 0, ended.output
    assert f"ended a server that did not end when asked: process {postmaster.pid} (" in ended.stdout
    assert "; and its sessions: processes " in ended.stdout
    assert "left behind" not in ended.stdout
    assert server.processes() == []


def test_a_silent_postgres_is_called_silent(stack: Stack, server: EmbeddedPostgres) -> None:
    answering = stack.call("status").stdout
    postmaster = postmaster_of(server)
    postmaster.suspend()
    silent = stack.call("status").stdout
    postmaster.resume()

    assert state_of("Postgres", answering) == "answers"
    assert state_of("Postgres", silent) == "silent"
    assert "Postgres does not answer: connection timeout expired" in silent


def state_of(title: str, shown: str) -> str:
    (line,) = [line for line in shown.splitlines() if line.startswith(title)]
    return line.removeprefix(title).strip()


@dataclass(frozen=True)
class Marked:
    """Processes that carry the mark of a home's stack, as its services do, and how another is started."""

    home: Path
    mark: str

    def environment(self) -> dict[str, str]:
        return {**os.environ, MARK: self.mark, "TMPDIR": str(self.home / "tmp")}

    def record(self, leader: int) -> None:
        (self.home / "run").mkdir(parents=True)
        StackSession(leader, 0, "another boot", self.mark, fingerprint="").write(self.home)


@pytest.fixture
def marked(stack: Stack) -> Marked:
    return Marked(stack.home, f"mark-{uuid4()}")


SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


def test_what_cannot_be_ended_is_named_and_down_is_red(
    marked: Marked, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody starts it again as fast as it is killed, as somebody might whose process waits for a broken disk."""
    marked.record(leader=os.getpid())
    again = (
        "import subprocess, sys, time\n"
        f"start = lambda: subprocess.Popen({SLEEP!r}, env={marked.environment()!r})\n"
        "children = [start() for _ in range(3)]\n"
        "while True:\n"
        "    children = [child if child.poll() is None else start() for child in children]\n"
        "    time.sleep(0.005)\n"
    )
    monkeypatch.setattr("include.local_stack.processes.KILL_SECONDS", 1.0)
    monkeypatch.setattr(StackSession, "end", partialmethod(StackSession.end, patience=0.5))
    monkeypatch.setenv("STOCKLAKE_HOME", str(stack.home))
    parent = subprocess.Popen([sys.executable, "-c", again])
    try:
        session = StackSession.read(stack.home)
        assert session is not None
        assert wait_until(lambda: len(session.processes()) == 3, seconds=20)
        ended = CliRunner().invoke(app, ["down"])
    finally:
        parent.kill()
        parent.wait()
        session.end(patience=0)

    assert ended.exit_code == 1
    assert "✗ Services" in ended.stdout
    assert "✓ Services" not in ended.stdout
    assert "✓ Postgres" in ended.stdout
    assert "Of the services, process" in ended.stderr
    assert "import time; time.sleep(600)" in ended.stderr
    assert StackSession.read(stack.home) is not None  # the next `make down` finds it


def test_what_runs_of_a_home_that_was_removed_is_found_and_ended(marked: Marked, stack: Stack) -> None:
    process = subprocess.Popen(SLEEP, env=marked.environment(), start_new_session=True)
    try:
        assert wait_until(lambda: StackSession.find(stack.home) is not None, seconds=10)
        shown, refused, ended = stack.call("status"), stack.call("up"), stack.call("down")
    finally:
        process.kill()
        process.wait()

    for said in (shown, refused):
        assert said.returncode == 1
        assert "Services run whose record in" in said.stdout
    assert ended.returncode == 0, ended.stdout
    assert "1 processes ended" in ended.stdout
    assert not stack.home.exists()


def test_while_up_or_down_is_at_work_nobody_is_told_to_end_or_start_anything(
    marked: Marked, stack: Stack, server: EmbeddedPostgres
) -> None:
    """The supervisor writes its record a while after its start, and removes it before its end."""
    with exclusive(up_lock(stack.home), wait=True):
        before_its_start = stack.call("status")
    process = subprocess.Popen(SLEEP, env=marked.environment(), start_new_session=True)
    try:
        assert wait_until(lambda: StackSession.find(stack.home) is not None, seconds=10)
        with exclusive(up_lock(stack.home), wait=True):
            without_record, refused = stack.call("status"), stack.call("run")
        record_removed = stack.call("status")
    finally:
        process.kill()
        process.wait()

    for shown in (before_its_start, without_record):
        assert shown.returncode == 0, shown.stdout
        assert shown.stdout == f"{AT_WORK}\n"
    assert refused.returncode == 1
    assert AT_WORK in refused.stdout
    assert record_removed.returncode == 1
    assert "Services run whose record in" in record_removed.stdout


@pytest.mark.parametrize("command", ["up", "dashboard"])
def test_a_refused_start_makes_no_home(stack: Stack, command: str) -> None:
    with socket.create_server((LOOPBACK, int(stack.environment["DASHBOARD_PORT"]))):
        refused = stack.call(command)

    assert refused.returncode == 1
    assert "which the dashboard needs, is taken by another program" in refused.stdout
    assert not stack.home.parent.exists()


def test_two_services_of_one_port_make_no_home(stack: Stack) -> None:
    stack.environment["S3_PORT"] = stack.environment["MARKET_PORT"]

    refused = stack.call("up")

    assert refused.returncode == 1
    assert "S3_PORT and MARKET_PORT are both" in refused.stdout
    assert not stack.home.parent.exists()


@pytest.fixture
def small_disk(stack: Stack) -> Iterator[Path]:
    """A disk with less room than the stack needs, below which its home will be."""
    disk = stack.home.parent
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=8m", "small", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mounting, check=False).returncode != 0:
        pytest.skip("a small disk takes root and the right to mount")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_told_before_anything_is_made(small_disk: Path, stack: Stack) -> None:
    refused = stack.call("up")

    assert refused.returncode == 1
    assert f"The disk of {small_disk} is full: less than 16 MB are free" in refused.stdout
    assert list(small_disk.iterdir()) == []


def test_a_full_disk_is_told_by_status_and_refuses_a_start(
    small_disk: Path, stack: Stack, server: EmbeddedPostgres
) -> None:
    shown, refused = stack.call("status"), stack.call("up")

    assert state_of("Postgres", shown.stdout) == "answers"  # its own disk has room
    assert f"! The disk of {stack.home} is full" in shown.stdout
    assert refused.returncode == 1
    assert "✗ Settings and ports" in refused.stdout
    assert f"The disk of {stack.home} is full" in refused.stdout
    assert stack.call("down").returncode == 0


def test_a_full_disk_refuses_a_run_which_would_never_begin(
    small_disk: Path, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOCKLAKE_HOME", str(stack.home))
    get_settings.cache_clear()

    with pytest.raises(StackError, match=f"The disk of {small_disk} is full"):
        run_pipelines()
    get_settings.cache_clear()


def test_a_write_that_fails_leaves_no_half_of_a_file(small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(bytes(7 * 2**20))
    kept = small_disk / "kept"
    write_private(kept, "as it was")

    with pytest.raises(OSError, match="No space left on device"):
        write_private(kept, "x" * 2**21)

    assert kept.read_text() == "as it was"
    assert sorted(path.name for path in small_disk.iterdir()) == ["filling", "kept"]
