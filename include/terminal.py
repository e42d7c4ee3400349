"""What a command prints: a console whose markup is ours alone, text from outside as it is, an error as one sentence."""

import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from rich.console import Console
from rich.markup import escape

from include.errors import StocklakeError
from include.plain_text import printable

INTERRUPTED = 130  # what a shell says of a command that Ctrl-C ended
# By what the words of an error have in them.
ADVICE = {
    "certificate": "It is of another CA than the address names, of another host, or has expired",
    "No space left on device": "A disk is full: free some space, then call it again",
    "Permission denied": "This user may not: is it another user's? STOCKLAKE_HOME names a folder of one's own",
}

Arguments = ParamSpec("Arguments")


def open_console(*, stderr: bool = False) -> Console:
    """The console of a command: markup where we write it, no emojis and no colours in what others wrote."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False, emoji=False)


def as_text(text: object) -> str:
    """Write a text into what a console prints: no [brackets] are markup, no control character is obeyed."""
    return escape(printable(text))


def report_errors(command: Callable[Arguments, int]) -> Callable[Arguments, None]:
    """End the process with what the command returns; an error of ours is one sentence, not a traceback."""

    @wraps(command)
    def run(*arguments: Arguments.args, **options: Arguments.kwargs) -> None:
        if structlog := sys.modules.get("structlog"):  # slow to import: only where the command logs at all
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # ✓ is no letter of every terminal
        sys.exit(_exit_status(lambda: command(*arguments, **options)))

    return run


def _exit_status(command: Callable[[], int]) -> int:
    errors = open_console(stderr=True)
    try:
        return command()
    except StocklakeError as error:
        errors.print(f"[red]Error:[/] {as_text(error)}")
        return 1
    except Exception as error:
        if not _is_unreachable(error):
            raise
        words = str(error).strip().splitlines()[0]
        advice = next((advice for sign, advice in ADVICE.items() if sign in words), "Is the stack up? `make status`")
        errors.print(f"[red]Error:[/] {as_text(words)}. {advice}")
        return 1
    except KeyboardInterrupt:
        errors.print("Interrupted. What was started goes on: `make status` shows it, `make down` ends it.")
        return INTERRUPTED


def _is_unreachable(error: Exception) -> bool:
    # By name: importing the library would slow every command down.
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    return bool(kinds & {"psycopg.OperationalError", "builtins.OSError"})
