"""One stack for all tests that need Airflow: they run one after the other, and each leaves it as healthy as it was.

A run that publishes takes most of a minute of two cores: what can go wrong at once is asked of one. Those without
`test_` in their names take minutes each, or a stack of their own: `make test-stacks`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow_stack.faults import accepted, faults
from tests.airflow_stack.shared_machine import through_a_shared_machine
from tests.airflow_stack.stack import Stack, environment_of

__all__ = ["accepted", "faults"]

# What a module leaves behind is what the next one begins with.
ORDER = (
    "test_first_start.py",
    "test_shared_machine.py",
    "all_pipelines.py",
    "test_faults.py",
    "killed_publication.py",
    "test_lake.py",
    "what_is_killed.py",
    "test_secrets.py",
    "demo_stack.py",
    "full_disk.py",
    "second_stack.py",
    "upgraded_home.py",
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

    Its machine is shared: everybody may read and write what its user makes, another user was in `/tmp` first, and the
    TMPDIR is watched.
    """
    folder = tmp_path_factory.mktemp("whole")
    home = folder / ("a_folder_with_a_long_name_" * 5) / "home"
    (folder / "tmp").mkdir()
    started = Stack(home, environment_of(home, folder / "tmp"))
    try:
        came_up = started.call("up", through=through_a_shared_machine(folder))
        assert came_up.returncode == 0, came_up.stdout
        (home / "up.txt").write_text(came_up.stdout)
        yield started
    finally:
        started.call("clean", "--force")
