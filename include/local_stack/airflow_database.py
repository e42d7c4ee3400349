"""Airflow's metadata database: brought to the installed version's tables."""

import subprocess
from importlib.metadata import version

import psycopg

from include.errors import StackError
from include.local_stack.airflow_services import airflow_command, airflow_environment, airflow_home, write_airflow_files
from include.local_stack.services import inherited_environment, open_log
from include.observability.tables import table_exists
from include.settings import PROJECT_ROOT, Settings


def ensure_airflow_database(settings: Settings) -> bool:
    """Migrate the metadata database unless the installed Airflow did so before; whether there was work.

    Raises: StackError that names the log when the migration fails.
    """
    write_airflow_files(settings)
    done = airflow_home(settings) / "migrated-to"
    if done.exists() and done.read_text() == version("apache-airflow") and _has_tables(settings):
        return False
    with open_log(settings.stack.home, "airflow-db-migrate") as output:
        environment = inherited_environment(settings.stack.home) | airflow_environment(settings)
        command = [*airflow_command(), "db", "migrate"]
        ended = subprocess.run(command, check=False, env=environment, cwd=PROJECT_ROOT, stdout=output, stderr=output)  # noqa: S603 - a fixed program
    if ended.returncode != 0:
        raise StackError(f"`airflow db migrate` failed: see {output.name}")
    done.write_text(version("apache-airflow"))
    return True


def _has_tables(settings: Settings) -> bool:
    url = settings.warehouse.airflow_metadata_url.replace("postgresql+psycopg2://", "postgresql://", 1)
    with psycopg.connect(url) as connection:
        return table_exists(connection, "public.alembic_version")
