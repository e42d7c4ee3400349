"""A dbt project as dbt itself reads it, without a warehouse."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from include.gold.dbt_environment import DBT_PROJECT, dbt_command, dbt_process_environment
from include.settings import Settings

# All databases of gold in the tests have one name: dbt writes it into what it parsed.
DATABASE = "gold"
PARSED = "partial_parse.msgpack"  # where dbt leaves it, in its folder of results
OFFLINE_PACKAGES = DBT_PROJECT / "offline_packages"


def copy_project(folder: Path) -> Path:
    """Make a copy of the project that a test may change."""
    shutil.copytree(DBT_PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs", "dbt_packages"))
    return folder


def parse(project: Path, target: Path) -> dict[str, Any]:
    """The manifest of a project; fails with dbt's own words, also where dbt only warns."""
    settings = Settings(
        db_url=SecretStr(f"postgresql://nobody@localhost:1/{DATABASE}"), dbt_packages_dir=OFFLINE_PACKAGES
    )
    command = dbt_command("parse", "--target-path", str(target), "--log-path", str(target), project=project)
    environment = dbt_process_environment(settings)
    ended = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0 and "WARNING" not in ended.stdout, ended.stdout
    return json.loads((target / "manifest.json").read_text())
