"""`make accept`: believe a quarantined week, follow the rebuild of its ticker and the publication. No API call."""

from include.commands.output.warehouse_summary import print_summary, read_summary
from include.commands.run import run_and_publish
from include.errors import SettingsError
from include.settings import get_settings
from include.steps.accepting import decide_on_week
from include.terminal import INTERRUPTED, as_text, open_console
from include.warehouse.connection import connect

ACCEPT_WEEK = "accept_week"


def accept(*, symbol: str, week: str, is_undone: bool) -> int:
    """Decide, follow, and print what the warehouse then holds.

    Raises: SettingsError in the user's words, before anything is triggered.
    """
    if not symbol or not week:
        raise SettingsError("which week of which ticker? for example: make accept SYMBOL=IBM WEEK=2024-04-12")
    with connect() as connection:
        decision = decide_on_week(connection, symbol, week, undo=is_undone)
    console = open_console()
    console.print(as_text(decision))
    form = {"symbol": decision.symbol, "week": str(decision.week_ending), "undo": is_undone}
    exit_status = run_and_publish(ACCEPT_WEEK, form)
    if exit_status != INTERRUPTED:
        print_summary(console, read_summary(get_settings()))
    return exit_status
