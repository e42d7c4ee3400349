"""The home folder of a stack on a machine of many users."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.errors import StackError
from include.local_stack.home import COSMOS_CACHE, TEMPORARY, empty_temporary, ensure_home

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
NOBODY = 65_534


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """The umask of a user who shares everything."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    ensure_home(tmp_path / "new" / "home")

    assert mode(tmp_path / "new/home") == 0o700
    assert {path.name for path in (tmp_path / "new/home").iterdir()} == {TEMPORARY, COSMOS_CACHE}
    assert {mode(path) for path in (tmp_path / "new/home").iterdir()} == {0o700}


@pytest.mark.parametrize("found", [0o711, 0o755, 0o777])
def test_a_home_that_was_open_is_closed(tmp_path: Path, found: int) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=found)
    (home / "secrets.env").touch()

    ensure_home(home)

    assert mode(home) == 0o700


def test_an_empty_folder_becomes_a_home(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)

    ensure_home(tmp_path / "home")

    assert mode(tmp_path / "home") == 0o700


def test_a_folder_of_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    (shared / "photos").mkdir(parents=True)
    shared.chmod(0o1777)  # as /tmp is: closing it would stop the machine

    with pytest.raises(StackError, match=r"holds other things and is open to other users.*chmod 700"):
        ensure_home(shared)

    assert mode(shared) == 0o1777
    assert [path.name for path in shared.iterdir()] == ["photos"]


def test_a_closed_folder_of_other_things_will_do(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "notes").touch()

    ensure_home(closed)

    assert mode(closed) == 0o700


@AS_ROOT
def test_a_folder_that_another_user_prepared_is_refused(tmp_path: Path) -> None:
    prepared = tmp_path / "home"
    (prepared / COSMOS_CACHE).mkdir(parents=True, mode=0o700)
    os.chown(prepared, NOBODY, NOBODY)

    with pytest.raises(StackError, match="a folder of another user"):
        ensure_home(prepared)


def test_what_killed_tasks_left_is_removed(tmp_path: Path) -> None:
    ensure_home(tmp_path)
    (tmp_path / TEMPORARY / "tmpabc").mkdir()

    empty_temporary(tmp_path)

    assert list((tmp_path / TEMPORARY).iterdir()) == []
    assert mode(tmp_path / TEMPORARY) == 0o700
