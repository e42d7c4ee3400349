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
