"""`make down` and `make clean`: nothing of the stack is left."""

import contextlib

import psutil

from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.stack_session import StackSession
from tests.airflow_stack.stack import Stack


def test_down_leaves_no_process(stack: Stack) -> None:
    session, everybody = StackSession.read(stack.home), stack.session_processes()
    assert session is not None
    assert len(everybody) > 8

    ended = stack.call("down")

    assert ended.returncode == 0, ended.stdout
    assert session.processes() == []
    assert [process for process in everybody if _lives(process)] == []
    assert not EmbeddedPostgres(stack.home).is_running()
    assert stack.processes_that_name_the_home() == []


def test_clean_removes_the_home(stack: Stack) -> None:
    ended = stack.call("clean", "--force")

    assert ended.returncode == 0, ended.stdout
    assert [path.name for path in stack.home.iterdir()] == ["up.txt"]  # what is not the stack's own stays


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):  # it may end between the two questions
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
