"""What ended tests leave on the machine: a pytest plugin that ends them in order, and sweeps up after killed ones.

As root Postgres keeps its files in /var/lib/stocklake, which no cleaning of /tmp reaches. Each folder there names the
home that it belongs to; a home in pytest's own temporary folder is a test's, and nothing else is ever touched.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from xdist import is_xdist_worker

from include.local_stack.postgres_account import SYSTEM_FOLDER, read_home
from include.local_stack.postgres_processes import end_left_behind
from include.local_stack.stack_session import StackSession
from include.settings import PROJECT_ROOT

NUMBERED = re.compile(r"pytest-\d+")  # of a session, below pytest-of-<user>; it holds the process id in `.lock`


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let SIGTERM end the tests as Ctrl-C does, with all that they started."""
    del config
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Sweep up once, before pytest makes its own temporary folder and removes the oldest."""
    if not is_xdist_worker(session):
        for folder in sweep():
            sys.stderr.write(f"removed {folder}, which killed tests had left behind\n")


def sweep(system_folder: Path = SYSTEM_FOLDER) -> list[Path]:
    """End and remove what is left of tests whose process is dead: the folders of their Postgres servers."""
    left = [folder for folder in system_folder.glob("*") if _is_of_dead_tests(read_home(folder))]
    for folder in left:
        home = read_home(folder)
        if home and StackSession.read(home):
            own = os.environ | {"STOCKLAKE_HOME": str(home)}
            subprocess.run([sys.executable, "-m", "include.commands", "down"], check=False, cwd=PROJECT_ROOT, env=own)
        end_left_behind(folder / "data")
        shutil.rmtree(folder)
    return left


def _is_of_dead_tests(home: Path | None) -> bool:
    session = _session_of(home) if home else None
    if session is None:
        return False
    try:
        return not psutil.pid_exists(int((session / ".lock").read_text()))
    except FileNotFoundError:  # pytest removed it when the session ended, or the whole folder since
        return True
    except ValueError:  # it is being written
        return False


def _session_of(home: Path) -> Path | None:
    numbered = (path for path in home.parents if NUMBERED.fullmatch(path.name))
    return next((path for path in numbered if path.parent.name.startswith("pytest-of-")), None)
