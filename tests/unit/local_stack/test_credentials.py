"""The generated secrets: made once, kept, and nobody else's to read."""

import stat
from pathlib import Path

from include.local_stack.credentials import GENERATORS, ensure_credentials, write_private
from include.settings import VARIABLES


def test_every_secret_is_made_and_kept(tmp_path: Path) -> None:
    first = ensure_credentials(tmp_path)

    assert set(first) == set(GENERATORS)
    assert all(first.values())
    assert ensure_credentials(tmp_path) == first


def test_a_missing_secret_is_added_and_the_others_stay(tmp_path: Path) -> None:
    first = ensure_credentials(tmp_path)
    file = tmp_path / "secrets.env"
    file.write_text("".join(line for line in file.read_text().splitlines(keepends=True) if "FERNET" not in line))

    second = ensure_credentials(tmp_path)

    assert second["AIRFLOW_FERNET_KEY"] != first["AIRFLOW_FERNET_KEY"]
    assert second["STOCKLAKE_DB_PASSWORD"] == first["STOCKLAKE_DB_PASSWORD"]


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    file = tmp_path / "open.env"
    file.write_text("old")
    file.chmod(0o644)

    write_private(file, "new")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["open.env"]


def test_settings_know_every_generated_secret() -> None:
    assert set(GENERATORS) <= VARIABLES
