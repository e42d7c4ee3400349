"""The embedded Postgres gets up again, whatever happened to it."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from include.errors import StackError
from include.local_stack.credentials import ensure_credentials
from include.local_stack.home import ensure_home
from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.postgres_account import server_account
from tests.conftest import free_port

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands Postgres to a system user")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    cluster = EmbeddedPostgres(tmp_path, free_port(), ensure_credentials(tmp_path), durable=False)
    yield cluster
    cluster.remove()


def data_of(server: EmbeddedPostgres) -> Path:
    return server.folder.resolve() / "data"


def postmaster_of(server: EmbeddedPostgres) -> psutil.Process:
    return psutil.Process(int((data_of(server) / "postmaster.pid").read_text().split()[0]))


def test_what_was_committed_survives_a_killed_server(server: EmbeddedPostgres) -> None:
    server = replace(server, durable=True)
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("create table kept as select 1 as a")
    postmaster_of(server).kill()

    server.start()

    with psycopg.connect(server.url()) as connection:
        assert connection.execute("select a from kept").fetchall() == [(1,)]


def test_the_process_file_of_a_dead_server_does_not_hinder(server: EmbeddedPostgres) -> None:
    server.start()
    dead = (data_of(server) / "postmaster.pid").read_text()
    server.stop()
    # The number is somebody else's by now: this very process.
    lines = dead.splitlines()
    (data_of(server) / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    assert not server.is_running()
    server.start()
    assert server.is_running()


def test_a_killed_initdb_leaves_nothing_to_mistake_for_data(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    half_done = data_of(server).with_name("data.1.new")
    data_of(server).rename(half_done)
    (half_done / "PG_VERSION").unlink()

    server.start()

    assert server.is_running()
    assert not half_done.exists()


def test_a_server_that_runs_is_left_alone(server: EmbeddedPostgres) -> None:
    server.start()
    first = postmaster_of(server).pid

    server.start()

    assert postmaster_of(server).pid == first


def test_another_port_moves_the_server(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    elsewhere = EmbeddedPostgres(tmp_path, free_port(), server.passwords, durable=False)

    elsewhere.start()

    with psycopg.connect(elsewhere.url()) as connection:
        assert connection.info.port == elsewhere.port


def test_lost_passwords_are_said_to_be_lost(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    (tmp_path / "secrets.env").unlink()

    with pytest.raises(StackError, match=r"secrets\.env do not open the data"):
        EmbeddedPostgres(tmp_path, server.port, ensure_credentials(tmp_path), durable=False).start()


def test_no_socket_file_and_no_other_address(server: EmbeddedPostgres) -> None:
    server.start()

    listening = [found for found in postmaster_of(server).net_connections("all") if found.status == psutil.CONN_LISTEN]
    assert [found.laddr.ip for found in listening] == ["127.0.0.1"]


@AS_ROOT
def test_a_closed_home_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    home.mkdir()
    server = EmbeddedPostgres(home, free_port(), ensure_credentials(home), durable=False)

    server.start()

    place = server.folder.resolve()
    assert server.folder.is_symlink()
    assert place.parent == Path("/var/lib/stocklake")
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert postmaster_of(server).uids().real != 0
    server.remove()
    assert not place.exists()
    assert not server.folder.is_symlink()


@AS_ROOT
def test_the_data_of_a_home_that_was_open_to_all_stays_where_it_is(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = Path("/var/lib") / f"stocklake-test-{tmp_path_factory.mktemp('open').name}-{os.getpid()}"
    home.mkdir(mode=0o711)
    server = EmbeddedPostgres(home, free_port(), ensure_credentials(home), durable=False)
    try:
        user = server_account(home / "postgres").user
        assert user is not None
        server.folder.mkdir(mode=0o700)
        os.chown(server.folder, user.pw_uid, user.pw_gid)
        ensure_home(home)

        server.start()

        assert not server.folder.is_symlink()
        assert data_of(server).parent == server.folder
        assert (home.stat().st_gid, stat.S_IMODE(home.stat().st_mode)) == (user.pw_gid, 0o710)
    finally:
        server.remove()
        shutil.rmtree(home)


@AS_ROOT
def test_a_link_to_elsewhere_is_not_followed_when_removing(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (tmp_path / "postgres").symlink_to(precious)

    EmbeddedPostgres(tmp_path, free_port(), {}).remove()

    assert precious.exists()
    assert not (tmp_path / "postgres").is_symlink()


def test_two_starts_at_once_end_with_one_server(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    server.stop()
    program = (
        "import sys; from pathlib import Path; from include.local_stack.postgres import EmbeddedPostgres; "
        "from include.local_stack.credentials import ensure_credentials as c; h = Path(sys.argv[1]); "
        "EmbeddedPostgres(h, int(sys.argv[2]), c(h), durable=False).start()"
    )
    command = [sys.executable, "-c", program, str(tmp_path), str(server.port)]
    both = [subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "."}) for _ in range(2)]

    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert server.is_running()
