"""Tests that are ended or killed leave nothing on the machine, and nobody's data but theirs is swept up."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from include.local_stack.postgres_account import HOME
from include.local_stack.postgres_processes import processes_in
from include.local_stack.service import wait_until
from include.settings import PROJECT_ROOT
from tests.left_behind import sweep

SECONDS = 60
WAITS = """
import time
from pathlib import Path

def test_waits(postgres):
    Path({told!r}).write_text(str(postgres.folder.resolve()))
    time.sleep(600)
"""
Tests = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_tests(tmp_path: Path) -> Tests:
    """Start pytest as `make test` does, on a test file of its own, with a temporary folder of its own."""

    def start(text: str) -> "subprocess.Popen[str]":
        file = tmp_path / "test_of_its_own.py"
        file.write_text(text)
        (tmp_path / "tmp").mkdir(exist_ok=True)
        # In one process: `make test` says `-n 2`, and a worker whose main process is killed ends what it started.
        own = os.environ | {"TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(PROJECT_ROOT), "PYTEST_ADDOPTS": ""}
        command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", f"--rootdir={tmp_path}", str(file)]
        return subprocess.Popen(command, env=own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    return start


def waiting(start_tests: Tests, told: Path) -> "tuple[subprocess.Popen[str], Path]":
    """Tests that wait in the middle of one, with a Postgres; and where its files are."""
    told.unlink(missing_ok=True)
    process = start_tests(WAITS.format(told=str(told)))
    if not wait_until(lambda: told.exists() and bool(told.read_text()), seconds=SECONDS):
        process.kill()
        raise AssertionError(process.communicate()[0])
    return process, Path(told.read_text())


@pytest.mark.skipif(os.geteuid() != 0, reason="elsewhere the files lie in pytest's own temporary folder")
@pytest.mark.slow("pytest is started three times, twice with a Postgres of its own")
def test_what_ended_tests_started_ends_with_them_and_what_killed_ones_left_at_the_next_start(
    start_tests: Tests, tmp_path: Path
) -> None:
    ended, folder = waiting(start_tests, tmp_path / "told")
    ended.send_signal(signal.SIGTERM)
    assert "KeyboardInterrupt" in ended.communicate(timeout=SECONDS)[0]
    assert not folder.exists()

    killed, folder = waiting(start_tests, tmp_path / "told")
    killed.kill()
    killed.communicate(timeout=SECONDS)
    assert processes_in(folder / "data")
    said = start_tests("def test_nothing(): pass").communicate(timeout=SECONDS)[0]
    assert f"removed {folder}, which killed tests had left behind" in said
    assert not folder.exists()
    assert not processes_in(folder / "data")


def test_only_what_tests_made_whose_process_is_dead_is_swept_up(tmp_path: Path) -> None:
    session = tmp_path / "pytest-of-somebody"
    homes = {
        "of_nobody": None,
        "of_a_user": tmp_path / "user" / ".stocklake",
        "of_a_user_who_likes_pytest": tmp_path / "pytest-7" / ".stocklake",
        "of_living_tests": session / "pytest-1" / "stocklake0",
        "of_beginning_tests": session / "pytest-2" / "stocklake0",
        "of_killed_tests": session / "pytest-3" / "popen-gw1" / "stocklake0",
        "of_tests_whose_folder_is_gone": session / "pytest-4" / "whole0" / "home",
    }
    dead = subprocess.Popen(["true"])
    dead.wait()
    for number, lock in enumerate((os.getpid(), "", dead.pid), start=1):
        (session / f"pytest-{number}").mkdir(parents=True)
        (session / f"pytest-{number}" / ".lock").write_text(str(lock))
    for name, home in homes.items():
        (tmp_path / "system" / name / "data").mkdir(parents=True)
        if home:
            (tmp_path / "system" / name / HOME).write_text(str(home))

    swept = sweep(tmp_path / "system")

    assert {folder.name for folder in swept} == {"of_killed_tests", "of_tests_whose_folder_is_gone"}
    assert {folder.name for folder in (tmp_path / "system").iterdir()} == homes.keys() - {
        folder.name for folder in swept
    }
