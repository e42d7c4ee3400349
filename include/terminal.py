"""What a command prints: a console whose markup is ours alone, and text from outside that it shows as it is."""

from rich.console import Console
from rich.markup import escape

from include.plain_text import printable

INTERRUPTED = 130  # what a shell says of a command that Ctrl-C ended


def open_console(*, stderr: bool = False) -> Console:
    """The console of a command: markup where we write it, no emojis and no colours in what others wrote."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False, emoji=False)


def as_text(text: object) -> str:
    """Write a text into what a console prints: no [brackets] are markup, no control character is obeyed."""
    return escape(printable(text))
