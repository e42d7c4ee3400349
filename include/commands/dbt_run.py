"""Check and publish gold from the shell. What is selected is built and checked, and not published."""

from functools import partial
from typing import Annotated

import typer

from include import steps
from include.gold.dbt_shell import run_dbt
from include.gold.selection import build_arguments


def dbt_run(
    *,
    select: Annotated[str, typer.Option(help="models to build and check, as dbt selects them; empty: all")] = "",
    is_full_refresh: Annotated[bool, typer.Option("--full-refresh", help="rebuild gold instead of merging")] = False,
) -> int:
    """Run dbt as a publication; returns its exit code."""
    prepare = partial(steps.prepare_daily, is_whole=is_full_refresh)
    return run_dbt(build_arguments(select, is_full_refresh=is_full_refresh), prepare=prepare)
