"""`make replay`: silver built anew from bronze on the command line, with progress."""

from datetime import UTC, datetime, time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from include import steps
from include.commands.moments import parse_moment
from include.terminal import as_text, open_console


def replay(
    *, symbols: list[str] | None, since: str | None, until: str | None, is_new_history: bool, is_dry_run: bool
) -> int:
    """Replay, show how far it is, and say what changed."""
    batch = f"replay_bronze:shell__{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    console = open_console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks = {}

        def show(function: str, done: int, total: int) -> None:
            if function not in tasks:
                tasks[function] = progress.add_task(function)
            progress.update(tasks[function], completed=done, total=total)

        counts = steps.replay(
            batch,
            symbols=symbols,
            first=parse_moment(since, of_day=time.min) if since else None,
            last=parse_moment(until) if until else None,
            new_history=is_new_history,
            dry_run=is_dry_run,
            progress=show,
        )
    if counts["series"] == 0:
        console.print(
            f"Bronze holds nothing of {as_text(', '.join(symbols))}." if symbols else "Bronze holds nothing yet."
        )
        return 1
    done = "would change: a dry run, so none did" if is_dry_run else "changed"
    console.print(f"Replayed {counts['objects']:,} objects of {counts['series']:,} series without an API call.")
    console.print(f"{counts['rows_changed']:,} rows of silver {done}.")
    if (since or until) and not is_new_history and not is_dry_run:
        console.print("[yellow]Silver now holds what those days' answers say.[/] `make replay` brings back all of it.")
    if counts["rows_changed"] and not is_dry_run:
        console.print("Gold takes them up with the next run, or now: `make dbt-run`.")
    return 0
