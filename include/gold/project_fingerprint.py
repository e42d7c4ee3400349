"""The fingerprint of the dbt project: where gold was published by another one, it is published anew.

`make up` and the task `validate` compare it with the one of the newest publication. What such a build then computes
anew is for `macros/publication/code_fingerprint.sql` to say.
"""

import hashlib
from importlib.metadata import version
from pathlib import Path

from include.gold.dbt_environment import DBT_PROJECT
from include.gold.packages import INSTALLED
from include.settings import Settings

KEPT = DBT_PROJECT / "target" / "project_fingerprint"
NOT_SOURCE = {"target", "logs", "dbt_packages", "dbt_packages.new", ".user.yml", "package-lock.yml"}


def compute_project_fingerprint(settings: Settings) -> str:
    """The fingerprint of every file of the project and its packages as they are now, and of the version of dbt."""
    packages = settings.stack.dbt_packages_dir or INSTALLED
    digest = hashlib.sha256(f"{version('dbt-core')} {packages}".encode())
    for file in [*_files(DBT_PROJECT, without=NOT_SOURCE), *_files(packages, without=set())]:
        digest.update(f"{file.relative_to(file.anchor)} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def read_project_fingerprint() -> str | None:
    """The fingerprint of the dbt project that the manifest was made from; None where there is none yet."""
    return KEPT.read_text() if KEPT.exists() else None


def keep_project_fingerprint(fingerprint: str) -> None:
    """Keep the fingerprint of the project that the manifest was made from, beside it."""
    KEPT.write_text(fingerprint)


def _files(folder: Path, *, without: set[str]) -> list[Path]:
    found = (path for entry in sorted(folder.iterdir()) if entry.name not in without for path in _walk(entry))
    return sorted(found)


def _walk(entry: Path) -> list[Path]:
    return [entry] if entry.is_file() else [path for path in entry.rglob("*") if path.is_file()]
