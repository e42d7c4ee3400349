"""Which tickers are held back, since when, and the way out."""

import psycopg
from rich.console import Console

from include.observability.tables import table_exists
from include.terminal import as_text

QUARANTINED = """
    select distinct on (symbol) symbol, min(since) over (partition by symbol, place), rule, way_out
    from ops.quarantines where ended_at is null order by symbol, place, bronze_key desc limit 20
"""


def print_quarantined(console: Console, connection: psycopg.Connection) -> None:
    """Print each ticker that is held back now, since when, and the way out; nothing before the ledgers exist."""
    if not table_exists(connection, "ops.quarantines"):
        return
    for symbol, since, rule, way_out in connection.execute(QUARANTINED).fetchall():
        console.print(
            f"[yellow]{as_text(symbol)} is quarantined since {since:%Y-%m-%d}[/]"
            f" ({as_text(rule.replace('_', ' '))}). The way out: {as_text(way_out)}"
        )
