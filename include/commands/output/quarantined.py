"""Which tickers are held back, since when, and the way out."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from rich.console import Console

from include.observability.tables import table_exists
from include.terminal import as_text

QUARANTINED = """
    select distinct on (symbol) symbol, min(since) over (partition by symbol, place), rule, way_out
    from ops.quarantines where ended_at is null order by symbol, place, bronze_key desc limit 20
"""


@dataclass(frozen=True)
class Quarantined:
    """A ticker that is held back now: since when, by which rule, and what ends it."""

    symbol: str
    since: datetime
    rule: str
    way_out: str


def read_quarantined(connection: psycopg.Connection) -> list[Quarantined]:
    """What is quarantined now, a line per ticker; nothing before the ledgers exist."""
    if not table_exists(connection, "ops.quarantines"):
        return []
    return [Quarantined(*row) for row in connection.execute(QUARANTINED).fetchall()]


def print_quarantined(console: Console, quarantined: list[Quarantined]) -> None:
    """Print each ticker that is held back, since when, and the way out."""
    for held in quarantined:
        console.print(
            f"[yellow]{as_text(held.symbol)} is quarantined since {held.since:%Y-%m-%d}[/]"
            f" ({as_text(held.rule.replace('_', ' '))}). The way out: {as_text(held.way_out)}"
        )
