"""What a ticker looks like."""

import re

from include.errors import SettingsError

# What real listings hold: BRK-B, TSCO.LON, BC/PA, -P-HIZ, NEE 6.219, NXT(EXP20091224). dbt's test has the same rule.
TICKER = re.compile(r"[A-Z0-9.^-][A-Z0-9 .^=&()/-]*")


def parse_symbols(text: str | None) -> tuple[str, ...]:
    """The symbols of a comma-separated list, each once, in capitals as every exchange writes them.

    Raises: SettingsError that names what no ticker looks like.
    """
    symbols = tuple(dict.fromkeys(part.strip().upper() for part in (text or "").split(",") if part.strip()))
    strange = [symbol for symbol in symbols if not TICKER.fullmatch(symbol)]
    if strange:
        raise SettingsError(f"no ticker looks like {', '.join(map(repr, strange))}; write for example IBM,TSCO.LON")
    return symbols


def parse_chosen_symbols(text: str | None) -> list[str] | None:
    """The symbols that a user names with `SYMBOLS=` or in a form; None, which means all, where that is empty.

    Raises: SettingsError when it names no ticker, or what no ticker looks like.
    """
    if text and not text.strip(", "):
        raise SettingsError(f"SYMBOLS={text} names no ticker; write for example SYMBOLS=IBM,AAPL")
    try:
        return list(parse_symbols(text)) or None
    except SettingsError as error:
        raise SettingsError(f"SYMBOLS: {error}") from None
