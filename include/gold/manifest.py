"""The dbt manifest that Cosmos draws the DAG from: made anew whenever the dbt project changed."""

import hashlib
import json
import os
import subprocess
from importlib.metadata import version
from pathlib import Path

from include.errors import StackError
from include.gold.dbt_environment import DBT_PROJECT, dbt_command, dbt_process_environment
from include.gold.packages import INSTALLED
from include.gold.selection import WHOLE_TABLE
from include.settings import Settings

MANIFEST = DBT_PROJECT / "target" / "publication_manifest.json"  # dbt itself writes manifest.json beside it
PROJECT_FINGERPRINT = MANIFEST.with_name("manifest.state")
NOT_SOURCE = {"target", "logs", "dbt_packages", "dbt_packages.new", ".user.yml", "package-lock.yml"}


def ensure_manifest(settings: Settings) -> str:
    """Run `dbt parse` unless the manifest is of exactly these files; what was done, in words.

    Raises: StackError with dbt's own words when the project does not parse.
    """
    state = _state_of_project(settings)
    if MANIFEST.exists() and read_project_fingerprint() == state:
        return "unchanged"
    # Parsed elsewhere and moved here whole: a DAG processor may be reading the old one.
    elsewhere = settings.stack.home / "dbt"
    command = dbt_command(
        "--no-use-colors", "parse", "--target-path", str(elsewhere), "--log-path", str(settings.stack.home / "logs")
    )
    environment = dbt_process_environment(settings)
    ended = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)  # noqa: S603 - the project's own dbt
    if ended.returncode != 0:
        raise StackError(f"dbt does not parse the project:\n{ended.stdout.strip()}")
    MANIFEST.parent.mkdir(exist_ok=True)
    unfinished = MANIFEST.with_name(f"manifest.{os.getpid()}.new")
    unfinished.write_text(_shorten((elsewhere / "manifest.json").read_text()))
    unfinished.replace(MANIFEST)
    PROJECT_FINGERPRINT.write_text(state)
    return "parsed"


def read_project_fingerprint() -> str | None:
    """The fingerprint of the dbt project that the manifest was made from; None where there is none yet."""
    return PROJECT_FINGERPRINT.read_text() if PROJECT_FINGERPRINT.exists() else None


def read_published_tables() -> list[str]:
    """The tables that a publication fills, as schema.table; none where there is no manifest yet."""
    if not MANIFEST.exists():
        return []
    nodes = json.loads(MANIFEST.read_text())["nodes"].values()
    return [f"{node['schema']}.{node['alias']}" for node in nodes if node["config"].get("materialized") == "published"]


def _shorten(manifest: str) -> str:
    """Leave out the checks of whole tables, for Cosmos would draw them and wait for them, and what it never reads."""
    parsed = json.loads(manifest)
    nodes = {
        name: node
        for name, node in parsed["nodes"].items()
        if WHOLE_TABLE not in node["tags"] and node["resource_type"] != "operation"  # on-run-start is no task
    }
    return json.dumps({**parsed, "nodes": nodes, "macros": {}, "docs": {}})


def _state_of_project(settings: Settings) -> str:
    packages = settings.stack.dbt_packages_dir or INSTALLED
    digest = hashlib.sha256(f"{version('dbt-core')} {packages}".encode())
    for file in [*_files(DBT_PROJECT, without=NOT_SOURCE), *_files(packages, without=set())]:
        digest.update(f"{file.relative_to(file.anchor)} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Path, *, without: set[str]) -> list[Path]:
    found = (path for entry in sorted(folder.iterdir()) if entry.name not in without for path in _walk(entry))
    return sorted(found)


def _walk(entry: Path) -> list[Path]:
    return [entry] if entry.is_file() else [path for path in entry.rglob("*") if path.is_file()]
