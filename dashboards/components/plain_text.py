"""Text from outside (an address, a company, an error) as text: Streamlit's Markdown finds nothing in it to interpret.

Streamlit interprets Markdown in titles, captions, messages, cards and menus; cells of tables, charts and the options of
select boxes are text anyway.
"""

import re

# What begins emphasis, code, a link, an image, HTML, a formula or a table wherever it stands, and a directive; an
# underscore within a word begins nothing.
ANYWHERE = re.compile(r"[\\`*\[\]<>$|~&]|(?<!\w)_|_(?!\w)|:(?=[^\s\d])")
# What begins a heading, a list or a line where the text begins.
AT_THE_START = re.compile(r"^([-+#]|\d{1,9}(?=[.)](?:\s|$)))(?=[-+#]*(?:\s|$)|[.)])")
# Streamlit looks for these once more after parsing, when a backslash protects no longer: the address of a page or a
# mailbox becomes a link, :material/icon:, :emoji: and :streamlit: a picture, -> and the like another character.
AFTER_PARSING = re.compile(
    r"(?<=:)(?=//|[\w/+-]+:) | (?<=www)(?=\.) | (?<=@)(?=\S) | (?<=[-<>~])(?=[-=>])", re.IGNORECASE | re.VERBOSE
)
WORD_JOINER = "\N{WORD JOINER}"  # invisible, and no line breaks there
BACKTICKS = re.compile(r"`+")


def as_text(text: object) -> str:
    """Write a text for a place of Markdown so that it reads as it is, on one line."""
    words = AFTER_PARSING.sub(WORD_JOINER, _on_one_line(text))
    return _escape_start(ANYWHERE.sub(r"\\\g<0>", words))


def as_code(text: object) -> str:
    """Write a text as code within a line, whatever backticks it holds."""
    words = _on_one_line(text).replace(":material/", f":{WORD_JOINER}material/")
    longest = max(map(len, BACKTICKS.findall(words)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {words} {fence}" if longest or not words else f"{fence}{words}{fence}"


def _on_one_line(text: object) -> str:
    return " ".join(str(text).split())


def _escape_start(words: str) -> str:
    return AT_THE_START.sub(lambda found: f"\\{found[1]}" if found[1] in "-+#" else f"{found[1]}\\", words)
