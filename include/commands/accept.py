"""Believe a quarantined week, and publish its ticker with it. No API call."""

from typing import Annotated

import typer

from include.commands.output.run_results import GOLD
from include.commands.output.warehouse_summary import print_summary
from include.commands.run import run_and_publish
from include.errors import SettingsError
from include.settings import get_settings
from include.steps.accepting import decide_on_week
from include.terminal import INTERRUPTED, as_text, open_console
from include.warehouse.connection import connect

ACCEPT_WEEK = "accept_week"


def accept(
    symbol: Annotated[str, typer.Argument(help="the ticker, for example IBM")],
    week: Annotated[str, typer.Argument(help="any day of the week, for example 2013-02-15")],
    *,
    is_undone: Annotated[bool, typer.Option("--undo", help="withdraw what was accepted")] = False,
) -> int:
    """Decide, follow the rebuild of the ticker and the publication, and print what the warehouse then holds.

    Raises: SettingsError in the user's words, before anything is triggered.
    """
    if not symbol or not week:
        raise SettingsError("which week of which ticker? for example: make accept SYMBOL=IBM WEEK=2013-02-15")
    with connect() as connection:
        decision = decide_on_week(connection, symbol, week, undo=is_undone)
    console = open_console()
    console.print(as_text(decision))
    form = {"symbol": decision.symbol, "week": str(decision.week_ending), "undo": is_undone}
    exit_status = run_and_publish((ACCEPT_WEEK,), form)
    if exit_status != INTERRUPTED:
        print_summary(console, get_settings(), followed=(ACCEPT_WEEK, GOLD))
    return exit_status
