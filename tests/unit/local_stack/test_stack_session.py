"""The end of a session reaches every process of it, and no stranger."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from include.local_stack.service import wait_until
from include.local_stack.stack_session import MARK, StackSession, exclusive

# A leader with one child in its own process group, one in its own session that carries the mark, and one deaf to TERM.
LEADER = """
import os, signal, subprocess, sys, time
from pathlib import Path
from uuid import uuid4
sys.path.insert(0, {root!r})
from include.local_stack.stack_session import MARK, StackSession
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleep, process_group=0)
subprocess.Popen(sleep, start_new_session=True)
subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"])
StackSession.of_this_process(mark=os.environ[MARK], fingerprint="").write(Path({home!r}))
time.sleep(600)
"""
ROOT = str(Path(__file__).resolve().parents[3])
PATIENCE = 1.0


@pytest.fixture
def session(tmp_path: Path) -> Iterator[StackSession]:
    (tmp_path / "run").mkdir()
    program = LEADER.format(root=ROOT, home=str(tmp_path))
    leader = subprocess.Popen(
        [sys.executable, "-c", program], start_new_session=True, env={**os.environ, MARK: f"mark-{uuid4()}"}
    )
    assert wait_until(lambda: StackSession.read(tmp_path) is not None, seconds=20)
    found = StackSession.read(tmp_path)
    assert found is not None
    yield found
    found.end(patience=PATIENCE)
    leader.wait(timeout=10)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_every_process_ends_and_a_stranger_lives(session: StackSession, stranger: subprocess.Popen[bytes]) -> None:
    everybody = session.processes()
    assert len(everybody) == 4

    session.end(patience=PATIENCE)

    assert session.processes() == []
    assert stranger.poll() is None


def test_orphans_of_a_killed_leader_are_found(session: StackSession) -> None:
    psutil.Process(session.pid).kill()
    assert wait_until(lambda: not session.is_supervised(), seconds=5)

    assert len(session.processes()) == 3


def test_a_reused_number_is_a_stranger(stranger: subprocess.Popen[bytes], session: StackSession) -> None:
    # The stranger leads a session under the number that the file on disk names.
    reused = replace(session, pid=stranger.pid, start_ticks=1, mark="mark-2")

    assert not reused.is_supervised()
    assert reused.processes() == []
    reused.end()
    assert stranger.poll() is None


def test_of_a_session_that_others_lead_the_marked_process_alone_is_found(tmp_path: Path) -> None:
    """As where somebody starts a program with the environment of a service from a shell."""
    marked = {**os.environ, MARK: f"mark-{uuid4()}", "TMPDIR": str(tmp_path / "tmp")}
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    shell = (
        f"import subprocess; child = subprocess.Popen({sleep!r}, env={marked!r}); "
        f"subprocess.Popen({sleep!r}); print(child.pid, flush=True); child.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", shell], start_new_session=True, stdout=subprocess.PIPE) as leader:
        assert leader.stdout is not None
        child = int(leader.stdout.readline())
        try:
            assert wait_until(lambda: StackSession.find(tmp_path) is not None, seconds=20)
            found = StackSession.find(tmp_path)
            assert found is not None
            assert [process.pid for process in found.processes()] == [child]
            assert not found.is_supervised()
            assert StackSession.find(tmp_path / "another") is None
        finally:
            os.killpg(leader.pid, signal.SIGKILL)


def test_a_session_from_before_the_last_boot_owns_nothing(session: StackSession) -> None:
    earlier = replace(session, boot_id="another", mark="mark-2")

    assert not earlier.is_supervised()
    assert earlier.processes() == []


def test_a_lock_is_held_by_one_and_let_go_by_the_kernel(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    lock = f"f = open({str(file)!r}, 'a'); fcntl.flock(f, fcntl.LOCK_EX)"
    hold = f"import fcntl, time; {lock}; print(1, flush=True); time.sleep(600)"
    holder = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()

    with exclusive(file, wait=False) as was_got:
        assert not was_got

    holder.kill()
    holder.wait()
    began = time.monotonic()
    with exclusive(file, wait=True) as was_got:
        assert was_got
    assert time.monotonic() - began < 5
