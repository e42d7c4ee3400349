"""The API key masked in the source's words: one of its notices repeats the key."""

from urllib.parse import quote, quote_plus

from include.plain_text import on_one_line

SHOWN_CHARACTERS = 400
MASK = "********"


def mask_key(text: str, secret: str) -> str:
    """The source's words as they may be logged: the API key masked, for one notice repeats it, on one line, cut."""
    for written in (secret, quote(secret, safe=""), quote_plus(secret)):  # a URL may spell it otherwise
        text = text.replace(written, MASK)
    return on_one_line(text)[:SHOWN_CHARACTERS]
