"""`make as-of`: print a weekly series as it was known at a moment."""

import sys

import polars as pl
from rich.table import Table

from include.commands.moments import parse_moment
from include.errors import SettingsError
from include.serving.as_of import KnownSeries, read_series_as_of
from include.terminal import as_text, open_console

SHOWN_WEEKS = 26
SHOWN_COLUMNS = ("week_ending", "open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount")


def as_of(symbol: str, at: str) -> int:
    """Print the series: a table of its newest weeks on a terminal, all of it as CSV into a pipe or file."""
    if not symbol or not at:
        raise SettingsError("which series, and when? for example: make as-of SYMBOL=IBM AT=2024-04-15")
    known = read_series_as_of(symbol.strip().upper(), parse_moment(at))
    if sys.stdout.isatty():
        _print_table(known)
    else:
        sys.stdout.write(known.rows.write_csv())
    return 0


def _print_table(known: KnownSeries) -> None:
    left_out = f"\n{len(known.quarantined)} newer payloads until then are quarantined" if known.quarantined else ""
    table = Table(
        title=f"{as_text(known.key.symbol)} as known on {known.key.fetched_at:%Y-%m-%d %H:%M} UTC",
        caption=f"{known.rows.height:,} weeks up to {as_text(known.key)}{left_out}\n"
        "raw prices in the listing's currency; all rows: … | cat",
    )
    for name in SHOWN_COLUMNS:
        table.add_column(name.replace("_", " "), justify="right")
    newest_first = known.rows.sort("week_ending", descending=True).head(SHOWN_WEEKS)
    for row in newest_first.select(pl.col(SHOWN_COLUMNS).cast(pl.String)).iter_rows():
        table.add_row(*row)
    open_console().print(table)
