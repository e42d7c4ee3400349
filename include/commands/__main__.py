"""The commands behind `make`: `python -m include.commands COMMAND`. Each is one function in a module of its own."""

import argparse
import logging
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import structlog

from include.errors import SettingsError, StocklakeError
from include.terminal import INTERRUPTED, as_text, open_console
from include.tickers import parse_symbols

# A module is imported only when its command is called: `make down` must not wait for Airflow's or Polars' imports.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("include.commands.up", "start everything, run the pipeline once"),
    "down": ("include.commands.down", "end everything"),
    "status": ("include.commands.status", "what runs, and where"),
    "clean": ("include.commands.clean", "end everything and remove its data"),
    "dashboard": ("include.commands.dashboard", "the dashboard's address, started if it does not run"),
    "summary": ("include.commands.output.warehouse_summary", "what the warehouse holds"),
    "sql": ("include.commands.sql", "psql as the read-only role analyst"),
    "run": ("include.commands.run", "run the pipeline on the running stack and follow it"),
    "replay": ("include.commands.replay", "rebuild silver from bronze, without an API call"),
    "accept": ("include.commands.accept", "believe a quarantined week"),
    "as-of": ("include.commands.as_of", "a series as it was known at a moment"),
    "dbt": ("include.gold.dbt_shell", "dbt on the warehouse of the settings"),
    "dbt-deps": ("include.commands.dbt_deps", "the dbt packages, from the hub or from the project"),
    "dbt-manifest": ("include.containers.dbt_manifest", "the dbt packages and the manifest, for the image"),
    "prepare": ("include.containers.prepare", "make what the containers need before the pipeline runs"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; an error of ours is one sentence, not a traceback."""
    given = _parser().parse_args(arguments)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING)
    )  # commands print their own
    errors = open_console(stderr=True)
    try:
        return _call(given)
    except StocklakeError as error:
        errors.print(f"[red]Error:[/] {as_text(error)}")
        return 1
    except Exception as error:
        if not _is_unreachable(error):
            raise
        errors.print(f"[red]Error:[/] {as_text(str(error).strip().splitlines()[0])}. Is the stack up? `make status`")
        return 1
    except KeyboardInterrupt:
        errors.print("Interrupted. What was started goes on: `make status` shows it, `make down` ends it.")
        return INTERRUPTED


def _call(given: argparse.Namespace) -> int:
    command, console = given.command, open_console()
    calls: dict[str, Callable[[Any], int]] = {
        "up": lambda module: module.up(console),
        "down": lambda module: module.down(console),
        "status": lambda module: module.status(console),
        "clean": lambda module: module.clean(console, force=given.force),
        "dashboard": lambda module: module.dashboard(console),
        "summary": lambda module: module.summary(console),
        "sql": lambda module: module.sql(given.query),
        "run": lambda module: module.run(symbols=",".join(_symbols(given.symbols) or ()), force=given.force),
        "replay": lambda module: module.replay(
            symbols=_symbols(given.symbols),
            since=given.since,
            until=given.until,
            is_new_history=given.new_history,
            is_dry_run=given.dry_run,
        ),
        "accept": lambda module: module.accept(symbol=given.symbol, week=given.week, is_undone=given.undo),
        "as-of": lambda module: module.as_of(given.symbol, given.at),
        "dbt": lambda module: module.dbt(given.arguments),
        "dbt-deps": lambda module: module.dbt_deps(console),
        "dbt-manifest": lambda module: module.dbt_manifest(console),
        "prepare": lambda module: module.prepare(console),
    }
    return calls[command](import_module(COMMANDS[command][0]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.commands", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    added = {name: commands.add_parser(name, help=text) for name, (_, text) in COMMANDS.items()}
    added["clean"].add_argument("--force", action="store_true", help="also remove answers that cost credits")
    added["sql"].add_argument("query", nargs="?", help="print its answer as CSV; without it, psql opens")
    for name in ("run", "replay"):
        added[name].add_argument("--symbols", default="", help="comma separated; all of STOCK_SYMBOLS without it")
    added["run"].add_argument("--force", action="store_true", help="fetch even where nothing can have changed")
    added["replay"].add_argument("--since", help="only objects fetched at or after this moment, UTC")
    added["replay"].add_argument("--until", help="only objects fetched at or before this moment, UTC")
    added["replay"].add_argument(
        "--new-history", action="store_true", help="decide that what was fetched before --since is another security's"
    )
    added["replay"].add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    added["accept"].add_argument("symbol")
    added["accept"].add_argument("week", help="any day of it")
    added["accept"].add_argument("--undo", action="store_true", help="withdraw what was accepted")
    added["as-of"].add_argument("symbol")
    added["as-of"].add_argument("at", help="a day or a moment, UTC")
    added["dbt"].add_argument("arguments", nargs=argparse.REMAINDER, help="as for dbt itself")
    return parser


def _symbols(text: str) -> list[str] | None:
    if text and not text.strip(", "):
        raise SettingsError(f"SYMBOLS={text} names no ticker; write for example SYMBOLS=IBM,AAPL")
    try:
        return list(parse_symbols(text)) or None
    except ValueError as error:
        raise SettingsError(f"SYMBOLS: {error}") from None


def _is_unreachable(error: Exception) -> bool:
    # By name: importing both libraries would slow every command down.
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    return bool(kinds & {"psycopg.OperationalError", "botocore.exceptions.ConnectionError", "builtins.OSError"})


if __name__ == "__main__":
    sys.exit(main())
