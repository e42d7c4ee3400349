"""How a command shows its steps: a spinner while one lasts, a tick and its seconds when it is done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from include.terminal import as_text

NAME_WIDTH = 26


@dataclass
class Step:
    """A step under way; `note` is shown beside its tick."""

    title: str
    note: str = ""


class Steps:
    """Shows the steps of one command on the terminal, or as plain lines in a log."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show `title` while the block runs, then how it ended."""
        current = Step(title)
        began = time.monotonic()
        try:
            with self.console.status(f"{title} …"):
                yield current
        except BaseException:
            self.console.print(f"[red]✗[/] {title}")
            raise
        seconds = time.monotonic() - began
        note = f"  [dim]{as_text(current.note)}[/]" if current.note else ""
        self.console.print(f"[green]✓[/] {title:<{NAME_WIDTH}} [dim]{seconds:5.1f} s[/]{note}")
