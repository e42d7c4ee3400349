"""How dbt is called: the program, the project, and what it is told of the warehouse."""

import os
import sysconfig
from pathlib import Path

from include.settings import PROJECT_ROOT, Settings, environment_of, parameters_of

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
RUN_RESULTS = "run_results.json"  # where dbt leaves what it found, in its folder of results
# dbt hands these to libpq itself, so that no variable of libpq's could; here with what goes without saying.
OF_THE_PROFILE = {
    "host": "",
    "port": "5432",
    "user": "",
    "password": "",
    "dbname": "",
    "connect_timeout": "10",
    "application_name": "dbt",
}


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The variables that `profiles.yml` and `dbt_project.yml` read, derived from DB_URL; no usage statistics."""
    parameters = parameters_of(settings.warehouse.url, **OF_THE_PROFILE)
    environment = {
        **{f"DBT_{name.upper()}": parameters[name] for name in OF_THE_PROFILE},
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    if settings.stack.dbt_packages_dir:
        environment["DBT_PACKAGES_DIR"] = str(settings.stack.dbt_packages_dir.resolve())
    return environment


def dbt_connection_environment(settings: Settings) -> dict[str, str]:
    """The variables for a process in which dbt opens the warehouse: libpq reads there what a profile cannot say.

    For no other process: Airflow's would open its own database with the same.
    """
    said = parameters_of(settings.warehouse.url).items()
    rest = environment_of({name: value for name, value in said if name not in OF_THE_PROFILE})
    return rest | dbt_environment(settings)


def dbt_process_environment(settings: Settings) -> dict[str, str]:
    """The caller's environment and what dbt reads of the settings."""
    return {**os.environ, **dbt_connection_environment(settings)}


def dbt_command(*arguments: str, project: Path = DBT_PROJECT) -> list[str]:
    """The dbt of this Python's environment, on a project with its one profiles.yml."""
    program = str(Path(sysconfig.get_path("scripts")) / "dbt")
    return [program, *arguments, "--project-dir", str(project), "--profiles-dir", str(project)]
