"""Rebuild silver from bronze. No API call."""

from datetime import time
from typing import Annotated

import typer

from include import steps
from include.clock import parse_moment
from include.local_stack.progress import show_bars
from include.observability.batch import BatchId
from include.terminal import open_console
from include.tickers import parse_chosen_symbols


def replay(
    *,
    symbols: Annotated[str, typer.Option(help="comma separated; empty: all of bronze")] = "",
    since: Annotated[str, typer.Option(help="only objects fetched at or after this day or moment, UTC")] = "",
    until: Annotated[str, typer.Option(help="only objects fetched at or before this day or moment, UTC")] = "",
    is_new_history: Annotated[
        bool, typer.Option("--new-history", help="decide that what is older than --since is another security's")
    ] = False,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, change nothing")] = False,
) -> int:
    """Replay, show how far it is, and say what changed."""
    chosen = parse_chosen_symbols(symbols)
    first = parse_moment(since, of_day=time.min) if since else None
    last = parse_moment(until) if until else None
    batch = BatchId.from_shell("replay_bronze")
    console = open_console()
    with show_bars(console) as show:
        counts = steps.replay(
            batch,
            symbols=chosen,
            first=first,
            last=last,
            new_history=is_new_history,
            dry_run=is_dry_run,
            progress=show,
        )
    done = "would change: a dry run, so none did" if is_dry_run else "changed"
    console.print(f"Replayed {counts['objects']:,} objects of {counts['series']:,} series without an API call.")
    console.print(f"{counts['rows_changed']:,} rows of silver {done}.")
    if (first or last) and not is_new_history and not is_dry_run:
        console.print("[yellow]Silver now holds what those days' payloads say.[/] `make replay` brings back all of it.")
    if counts["rows_changed"] and not is_dry_run:
        console.print("Gold takes them up with the next run, or now: `make dbt-run`.")
    return 0
