"""How a command shows how far it is: a spinner and a tick for each step, a bar for each thing that it counts."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from include.terminal import as_text

NAME_WIDTH = 26


@dataclass
class Step:
    """A step under way; `note` is shown beside its tick."""

    note: str = ""


@contextmanager
def show_step(console: Console, title: str) -> Iterator[Step]:
    """Show `title` while the block runs, then how it ended; plain lines in a log."""
    current = Step()
    began = time.monotonic()
    try:
        with console.status(f"{title} …"):
            yield current
    except BaseException:
        console.print(f"[red]✗[/] {title}")
        raise
    seconds = time.monotonic() - began
    note = f"  [dim]{as_text(current.note)}[/]" if current.note else ""
    console.print(f"[green]✓[/] {title:<{NAME_WIDTH}} [dim]{seconds:5.1f} s[/]{note}")


@contextmanager
def show_bars(console: Console, label: str = "{task.description}") -> Iterator[Callable[..., None]]:
    """Yield show(name, done, total, description), which draws the bar of that name."""
    columns = TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        bars: dict[str, TaskID] = {}

        def show(name: str, done: int, total: int, description: str | None = None) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name)
            progress.update(bars[name], completed=done, total=total, description=description)

        yield show
