"""`python -m include.containers.api_server`: Airflow's API server, the admin's password put where it reads it."""

import os

from include.local_stack.airflow_services import airflow_command, write_airflow_files
from include.settings import get_settings


def main() -> None:
    """Write the password file, then become the API server, so that it gets the container's signals itself."""
    write_airflow_files(get_settings())
    command = [*airflow_command(), "api-server"]
    os.execv(command[0], command)  # noqa: S606 - a fixed program


if __name__ == "__main__":
    main()
