"""How a command shows how far it is: a spinner and a tick for each step, a bar for each thing that it counts."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from include.terminal import as_text

NAME_WIDTH = 26
BAR_WIDTH = 14  # leaves room for words at 80 columns


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
    """Yield show(name, ended, total, counts), which draws the bar of that name; `counts` instead of "2/5" beside it."""
    columns = TextColumn(label), BarColumn(BAR_WIDTH), TextColumn("{task.fields[counts]}"), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        bars: dict[str, TaskID] = {}

        def show(name: str, ended: int, total: int, counts: str | None = None) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name, counts="")
            words = as_text(counts or f"{ended:,}/{total:,}")
            progress.update(bars[name], completed=ended, total=total, counts=words)

        yield show
