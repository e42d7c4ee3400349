"""What runs on a machine that its user shares, in a home whose folder has a long name."""

import contextlib
import stat
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from include.local_stack.credentials import ensure_credentials
from include.local_stack.stack_session import MARK, StackSession
from tests.airflow_stack.shared_machine import through_a_shared_machine
from tests.airflow_stack.stack import Stack

LONGEST_SOCKET = 107  # characters of a Unix socket's path


def test_up_again_starts_nothing_anew_and_runs_nothing(stack: Stack) -> None:
    before, runs = stack.starts(), stack.query("select count(*) from ops.pipeline_runs")
    began = time.monotonic()

    ended = stack.call("up")

    assert ended.returncode == 0, ended.stdout
    assert time.monotonic() - began < 20  # one second on an idle machine
    assert stack.starts() == before
    assert stack.query("select count(*) from ops.pipeline_runs") == runs


def test_nothing_listens_beyond_this_machine(stack: Stack) -> None:
    listening = [found.laddr.ip for found in _connections(stack, "inet") if found.status == psutil.CONN_LISTEN]

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
    environments = [_environment(process) for process in stack.session_processes()]
    told = [environment for environment in environments if MARK in environment]  # a new title covers the environment

    assert len(told) > 5
    assert {environment.get("TMPDIR") for environment in told} == {str(stack.home / "tmp")}
    assert list(stack.shared_tmp.iterdir()) == []
    assert list((stack.home / "cosmos").rglob("partial_parse.msgpack")) != []


def test_no_socket_has_a_path_whose_length_could_matter(stack: Stack) -> None:
    sockets = [found.laddr for found in _connections(stack, "unix")]

    assert len(str(stack.home)) > LONGEST_SOCKET
    assert sockets
    assert [path for path in sockets if path] == []


def test_what_another_user_was_first_to_make_is_neither_read_nor_written(stack: Stack) -> None:
    if not through_a_shared_machine(stack.shared_tmp.parent):
        pytest.skip("a /tmp of one's own takes root and the right to mount")
    session = StackSession.read(stack.home)
    assert session is not None
    shared = Path(f"/proc/{session.pid}/root/tmp")  # as the stack sees it

    own = stack.shared_tmp.parent.relative_to("/tmp").parts[0]
    assert {path.name for path in shared.iterdir()} == {"cosmos", own}
    assert list((shared / "cosmos").iterdir()) == []


# The DAG processor and the workers have children that live for a second: each question may find its process gone.


def _connections(stack: Stack, kind: str) -> list[Any]:
    found: list[Any] = []
    for process in stack.session_processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += process.net_connections(kind)
    return found


def _environment(process: psutil.Process) -> dict[str, str]:
    with contextlib.suppress(psutil.Error):
        return dict(process.environ())
    return {}


def _arguments(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []
