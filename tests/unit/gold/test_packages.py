"""Where the dbt packages come from."""

from pathlib import Path

import pytest

from include.errors import StackError
from include.gold import packages as dbt_packages
from include.gold.packages import FROM_PROJECT, NAMES, ensure_packages, install_packages
from include.settings import Settings


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dbt_packages"
    monkeypatch.setattr(dbt_packages, "INSTALLED", folder)
    monkeypatch.setattr(dbt_packages, "HUB", ("http://127.0.0.1:9/",))  # nobody listens on the discard port
    return folder


def test_without_the_hub_the_project_brings_its_own(installed: Path) -> None:
    assert install_packages(Settings()) == FROM_PROJECT
    assert all((installed / name / "dbt_project.yml").exists() for name in NAMES)


def test_what_is_installed_is_not_installed_again(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_packages(Settings())
    monkeypatch.setattr(dbt_packages, "install_packages", lambda _: pytest.fail("installed again"))

    assert ensure_packages(Settings()) == FROM_PROJECT


def test_a_changed_list_asks_for_a_new_installation(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_packages(Settings())
    other = installed.with_name("packages.yml")
    other.write_text("packages: []")
    monkeypatch.setattr(dbt_packages, "REQUIRED", other)
    monkeypatch.setattr(dbt_packages, "install_packages", lambda _: "again")

    assert ensure_packages(Settings()) == "again"


def test_an_installation_that_was_killed_is_done_again(installed: Path) -> None:
    (installed / "dbt_utils").mkdir(parents=True)

    assert ensure_packages(Settings()) == FROM_PROJECT
    assert all((installed / name / "dbt_project.yml").exists() for name in NAMES)


def test_a_named_folder_is_taken_as_it_is(installed: Path, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / "mine" / name).mkdir(parents=True)
        (tmp_path / "mine" / name / "dbt_project.yml").touch()

    assert str(tmp_path / "mine") in ensure_packages(Settings(dbt_packages_dir=tmp_path / "mine"))
    assert not installed.exists()


def test_a_named_folder_that_lacks_a_package_is_an_error(installed: Path, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="lacks dbt_utils and dbt_expectations"):
        ensure_packages(Settings(dbt_packages_dir=tmp_path))
