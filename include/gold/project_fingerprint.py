"""The fingerprint of the code that makes gold, dbt's and that of bars: what another one published is published anew.

`make up` and the task `validate` compare it with the one of the newest publication. What such a build then computes
anew is for `macros/publication/code_fingerprint.sql` to say.
"""

import hashlib
from importlib.metadata import version
from pathlib import Path

from include.gold.dbt_environment import DBT_PROJECT
from include.gold.packages import INSTALLED
from include.settings import PROJECT_ROOT, Settings

KEPT = DBT_PROJECT / "target" / "project_fingerprint"
NOT_SOURCE = {"target", "logs", "dbt_packages", "dbt_packages.new", ".user.yml", "package-lock.yml", "__pycache__"}
BARS = (
    *("include/gold/bars", "include/indicators", "include/steps/preparing.py"),
    *("include/silver/gaps.py", "include/exchanges.py"),
)
RUN_BY = ("dbt-core", "polars", "polars-talib", "exchange-calendars")


def compute_project_fingerprint(settings: Settings) -> str:
    """The fingerprint of every file of the project, its packages and BARS as they are now, and of what runs them."""
    packages = settings.stack.dbt_packages_dir or INSTALLED
    digest = hashlib.sha256(f"{' '.join(map(version, RUN_BY))} {packages}".encode())
    parts = (DBT_PROJECT, packages, *(PROJECT_ROOT / part for part in BARS))
    for file in (file for part in parts for file in _files(part)):
        digest.update(f"{file.relative_to(file.anchor)} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def read_project_fingerprint() -> str | None:
    """The fingerprint of the dbt project that the manifest was made from; None where there is none yet."""
    return KEPT.read_text() if KEPT.exists() else None


def keep_project_fingerprint(fingerprint: str) -> None:
    """Keep the fingerprint of the project that the manifest was made from, beside it."""
    KEPT.write_text(fingerprint)


def _files(part: Path) -> list[Path]:
    """A file, or all files of a folder that are source."""
    if part.is_file():
        return [part]
    found = (path for entry in part.iterdir() if entry.name not in NOT_SOURCE for path in _walk(entry))
    return sorted(found)


def _walk(entry: Path) -> list[Path]:
    return [entry] if entry.is_file() else [path for path in entry.rglob("*") if path.is_file()]
