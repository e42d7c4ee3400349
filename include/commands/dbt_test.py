"""Run the tests of dbt: units, rows, whole tables."""

from typing import Annotated

import typer

from include.gold.dbt_shell import run_dbt
from include.gold.selection import check_arguments


def dbt_test(*, select: Annotated[str, typer.Option(help="tests, as dbt selects them; empty: all")] = "") -> int:
    """Run the tests; returns dbt's exit code."""
    return run_dbt(check_arguments(select))
