"""What dies, or lives without doing its work, is started again, with longer and longer pauses."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from include.local_stack.child import LONGEST_PAUSE_SECONDS, SILENT_SECONDS, Child
from include.local_stack.service import Service, wait_until

WAITS_FOR_ITS_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"


@pytest.fixture
def clock() -> list[float]:
    """The time that children go by, in its only element."""
    return [1000.0]


def child_that(program: str, clock: list[float], is_alive: Callable[[], bool] = lambda: True) -> Child:
    service = Service("it", "It", (sys.executable, "-c", program), {}, lambda: True, is_alive)
    return Child(service, "mark", clock=lambda: clock[0])


def live_and_die(child: Child, log: Path) -> None:
    with log.open("ab") as output:
        assert child.keep_alive(output), "it was not started"
        assert isinstance(child.process, subprocess.Popen)
        child.process.wait()
        assert child.keep_alive(output), "its death was not noticed"


def test_a_service_that_keeps_dying_gets_longer_pauses_up_to_a_bound(tmp_path: Path, clock: list[float]) -> None:
    child, pauses = child_that("raise SystemExit(3)", clock), []
    for _ in range(8):
        live_and_die(child, tmp_path / "log")
        pauses.append(child.pause)
        clock[0] = child.next_start

    assert pauses[:3] == [2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert child.starts == 8


def test_a_service_that_died_for_days_is_still_started_again(tmp_path: Path, clock: list[float]) -> None:
    child = child_that("raise SystemExit(3)", clock)
    child.deaths_in_a_row = 2_000
    live_and_die(child, tmp_path / "log")
    clock[0] += LONGEST_PAUSE_SECONDS
    live_and_die(child, tmp_path / "log")

    assert child.pause == LONGEST_PAUSE_SECONDS
    assert child.record.deaths_in_a_row == 2_002


def test_it_is_not_started_before_its_pause_is_over(tmp_path: Path, clock: list[float]) -> None:
    child = child_that("pass", clock)
    live_and_die(child, tmp_path / "log")
    clock[0] = child.next_start - 0.1

    with (tmp_path / "log").open("ab") as output:
        assert not child.keep_alive(output)
    assert child.process is None


def test_what_ran_steadily_starts_again_at_once(tmp_path: Path, clock: list[float]) -> None:
    child = child_that("pass", clock)
    with (tmp_path / "log").open("ab") as output:
        child.keep_alive(output)
        assert child.process is not None
        child.process.wait()
        clock[0] += 1_000
        child.keep_alive(output)

    assert child.pause == 1


def test_what_lives_without_a_sign_of_life_is_ended_with_all_that_it_started(
    tmp_path: Path, clock: list[float]
) -> None:
    signs = iter([True, False, False])
    child = child_that(WAITS_FOR_ITS_CHILD, clock, lambda: next(signs))
    with (tmp_path / "log").open("ab") as output:
        child.keep_alive(output)
        assert child.process is not None
        process = psutil.Process(child.process.pid)
        assert wait_until(lambda: len(process.children()) == 1, seconds=15)
        everybody = [process, *process.children()]
        clock[0] += 1_000
        child.end_if_silent()  # it has just given one
        clock[0] += SILENT_SECONDS
        child.end_if_silent()  # it may be busy
        assert all(one.is_running() for one in everybody)
        clock[0] += 1
        child.end_if_silent()
        psutil.wait_procs(everybody, timeout=15)
        child.process.wait()
        assert child.keep_alive(output)

    assert [one for one in everybody if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert (child.record.pid, child.pause) == (None, 1)
