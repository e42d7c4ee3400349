"""The secrets of the containers are generated once, into a file for its owner alone."""

import stat
from pathlib import Path

from include.containers.dot_env import complete
from include.local_stack.credentials import GENERATORS, read_assignments


def test_a_first_file_holds_every_secret_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"

    assert complete(file) == list(GENERATORS)

    assert set(read_assignments(file)) == set(GENERATORS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_the_file_says_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nSTOCK_SYMBOLS=IBM\nAIRFLOW_ADMIN_PASSWORD=chosen\nAIRFLOW_JWT_SECRET=\n")

    added = complete(file)

    assert "AIRFLOW_ADMIN_PASSWORD" not in added
    assert "AIRFLOW_JWT_SECRET" in added
    assert file.read_text().startswith("# mine\nSTOCK_SYMBOLS=IBM\nAIRFLOW_ADMIN_PASSWORD=chosen\n")


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    complete(file)
    before = file.read_bytes()

    assert complete(file) == []
    assert file.read_bytes() == before
