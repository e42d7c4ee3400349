"""How dbt is called: the program, the project, and what it is told of the warehouse."""

import os
import sysconfig
from pathlib import Path

from include.settings import PROJECT_ROOT, PostgresAddress, Settings

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
RUN_RESULTS = "run_results.json"  # where dbt leaves what it found, in its folder of results


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The variables that `profiles.yml` and `dbt_project.yml` read, derived from DB_URL; no usage statistics."""
    address = PostgresAddress.parse(settings.warehouse.url)
    environment = {
        "DBT_HOST": address.host,
        "DBT_PORT": str(address.port),
        "DBT_USER": address.user,
        "DBT_PASSWORD": address.password,
        "DBT_DBNAME": address.database,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    if settings.stack.dbt_packages_dir:
        environment["DBT_PACKAGES_DIR"] = str(settings.stack.dbt_packages_dir.resolve())
    return environment


def dbt_process_environment(settings: Settings) -> dict[str, str]:
    """The caller's environment and what dbt reads of the settings."""
    return {**os.environ, **dbt_environment(settings)}


def dbt_command(*arguments: str, project: Path = DBT_PROJECT) -> list[str]:
    """The dbt of this Python's environment, on a project with its one profiles.yml."""
    program = str(Path(sysconfig.get_path("scripts")) / "dbt")
    return [program, *arguments, "--project-dir", str(project), "--profiles-dir", str(project)]
