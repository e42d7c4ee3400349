"""The dbt manifest that Cosmos draws the DAG from: made anew whenever the dbt project changed."""

import json
import os
import subprocess

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


def ensure_manifest(settings: Settings) -> str:
    """Run `dbt parse` unless the manifest is of exactly these files; what was done, in words.

    Raises: StackError with dbt's own words when the project does not parse.
    """
    fingerprint = compute_project_fingerprint(settings)
    if MANIFEST.exists() and read_project_fingerprint() == fingerprint:
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
    keep_project_fingerprint(fingerprint)
    return "parsed"


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
