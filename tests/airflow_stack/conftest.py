"""One stack for all tests that need Airflow: they run one after the other, and each leaves it as healthy as it was.

It is started twice, because two starts are what the tests ask about: from nothing (`stack`), and from the home of an
earlier version (`upgraded_stack`), on a machine that its user shares. In between another user's stands beside it
(`another_user.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow_stack.shared_machine import through_a_shared_machine
from tests.airflow_stack.stack import Stack, environment_of
from tests.upgrade.home import restore_home

# What a module leaves behind is what the next one begins with.
ORDER = (
    "test_first_start.py",
    "test_faults.py",
    "test_secrets.py",
    "test_upgrade.py",
    "test_shared_machine.py",
    "test_what_is_killed.py",
    "test_down.py",
)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the modules of this folder into their order, where the first of them stands."""
    places = [place for place, item in enumerate(items) if item.path.parent == HERE]
    in_order = sorted((items[place] for place in places), key=lambda item: ORDER.index(item.path.name))
    for place, item in zip(places, in_order, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose first `up` has run; its home has a long name, and what it printed is in `up.txt`.

    Everybody may read and write what its user makes, and his TMPDIR is watched.
    """
    folder = tmp_path_factory.mktemp("whole")
    home = folder / ("a_folder_with_a_long_name_" * 5) / "home"
    (folder / "tmp").mkdir()
    started = Stack(home, environment_of(home, folder / "tmp"))
    try:
        came_up = started.call("up")
        assert came_up.returncode == 0, came_up.stdout
        (home / "up.txt").write_text(came_up.stdout)
        yield started
    finally:
        started.call("clean", "--force")


@pytest.fixture(scope="session")
def upgraded_stack(stack: Stack) -> Stack:
    """The stack after `down`, with the data of an earlier version in its home, and after the `up` that followed."""
    assert stack.call("down").returncode == 0
    restore_home(stack.home, postgres_port=int(stack.environment["POSTGRES_PORT"]))
    ended = stack.call("up", through=through_a_shared_machine(stack.shared_tmp.parent))
    assert ended.returncode == 0, ended.stdout
    assert "5 tickers, 2,525 weeks" in ended.stdout
    assert "sample market, 2000 to 2013" in ended.stdout
    return stack
