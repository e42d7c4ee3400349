"""The dbt manifest that Cosmos draws the DAG from, and dbt's documentation: made anew whenever the project changed."""

import json
import os
import subprocess
from pathlib import Path

from include.errors import StackError
from include.gold.dbt_environment import DBT_PROJECT, dbt_command, dbt_process_environment
from include.gold.project_fingerprint import (
    compute_project_fingerprint,
    keep_project_fingerprint,
    read_project_fingerprint,
)
from include.gold.selection import WHOLE_TABLE
from include.settings import Settings

MANIFEST = DBT_PROJECT / "target" / "publication_manifest.json"  # dbt itself writes manifest.json beside it
DOCS = DBT_PROJECT / "target" / "docs" / "index.html"  # one page, which Airflow shows
# Without a warehouse there is no catalogue of its tables; the manifest has all that is described.
STEPS = (("parse",), ("docs", "generate", "--static", "--empty-catalog", "--no-compile"))


def ensure_manifest(settings: Settings) -> str:
    """Parse and document the project unless the manifest is of exactly these files; what was done, in words.

    Raises: StackError with dbt's own words when the project does not parse.
    """
    fingerprint = compute_project_fingerprint(settings)
    if MANIFEST.exists() and DOCS.exists() and read_project_fingerprint() == fingerprint:
        return "unchanged"
    # Made elsewhere and moved here whole: a DAG processor may be reading the old one.
    elsewhere = settings.stack.home / "dbt"
    for step in STEPS:
        _run_dbt(settings, *step, "--target-path", str(elsewhere), "--log-path", str(settings.stack.home / "logs"))
    _write_whole(MANIFEST, _shorten((elsewhere / "manifest.json").read_text()))
    _write_whole(DOCS, (elsewhere / "static_index.html").read_text())
    keep_project_fingerprint(fingerprint)
    return "parsed"


def read_published_tables() -> list[str]:
    """The tables that a publication fills, as schema.table; none where there is no manifest yet."""
    if not MANIFEST.exists():
        return []
    nodes = json.loads(MANIFEST.read_text())["nodes"].values()
    return [f"{node['schema']}.{node['alias']}" for node in nodes if node["config"].get("materialized") == "published"]


def _run_dbt(settings: Settings, *arguments: str) -> None:
    command, environment = dbt_command("--no-use-colors", *arguments), dbt_process_environment(settings)
    ended = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)  # noqa: S603 - the project's own dbt
    if ended.returncode != 0:
        raise StackError(f"dbt {arguments[0]} fails on the project:\n{ended.stdout.strip()}")


def _write_whole(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.new")
    unfinished.write_text(text)
    unfinished.replace(file)


def _shorten(manifest: str) -> str:
    """Leave out the checks of whole tables, for Cosmos would draw them and wait for them, and what it never reads."""
    parsed = json.loads(manifest)
    nodes = {
        name: node
        for name, node in parsed["nodes"].items()
        if WHOLE_TABLE not in node["tags"] and node["resource_type"] != "operation"  # on-run-start is no task
    }
    return json.dumps({**parsed, "nodes": nodes, "macros": {}, "docs": {}})
