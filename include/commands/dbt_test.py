"""Run the tests of dbt: units, rows, whole tables."""

from typing import Annotated

import typer

from include.gold.check_results import count_results, say_where_rows_are
from include.gold.dbt_environment import DBT_PROJECT
from include.gold.dbt_shell import run_dbt
from include.gold.selection import check_arguments
from include.observability.checks import say_checks

TARGET = DBT_PROJECT / "target"


def dbt_test(*, select: Annotated[str, typer.Option(help="tests, as dbt selects them; empty: all")] = "") -> int:
    """Run the tests, and say what did not pass and how many did; returns dbt's exit code."""
    typer.echo("Running the tests of dbt, units first …")
    code = run_dbt(check_arguments(select))
    if counts := count_results(TARGET):
        typer.echo("\n".join([*say_where_rows_are(TARGET), say_checks(counts)]))
    return code
