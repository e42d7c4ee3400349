"""Text from outside (the source's words, an error) as text for logs, ledgers and terminals.

A terminal obeys control characters: an escape sequence hides lines, renames the window or fills the clipboard.
"""

import re

# Control characters but for tab and line feed, and those that turn the direction of writing around.
NOT_PRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def printable(text: object) -> str:
    """The text with each control character written as its number: ESC is \\x1b."""
    return NOT_PRINTED.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def on_one_line(text: object) -> str:
    """The printable text without line feeds, so that none of it can pass for a line of its own in a log."""
    return printable(" ".join(str(text).split()))
