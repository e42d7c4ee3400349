"""Print a weekly series as it was known at a moment. A terminal gets its newest weeks, a pipe all of them as CSV."""

import sys
from typing import Annotated

import polars as pl
import typer
from rich.table import Table

from include.clock import parse_moment
from include.errors import SettingsError
from include.serving.as_of import KnownSeries, read_series_as_of
from include.silver.schema import write_decimals
from include.terminal import as_text, open_console

SHOWN_WEEKS = 26
SHOWN_COLUMNS = ("week_ending", "open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount")


def as_of(
    symbol: Annotated[str, typer.Argument(help="the ticker, for example IBM")],
    at: Annotated[str, typer.Argument(help="a day or a moment, UTC, for example 2024-04-15")],
) -> int:
    """Print the series.

    Raises: SettingsError in the user's words where one is missing or malformed.
    """
    if not symbol or not at:
        raise SettingsError("which series, and when? for example: make as-of SYMBOL=IBM AT=2024-04-15")
    known = read_series_as_of(symbol.strip().upper(), parse_moment(at))
    if sys.stdout.isatty():
        _print_table(known)
    else:
        sys.stdout.write(write_decimals(known.rows).write_csv())
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
    for row in write_decimals(newest_first).select(pl.col(SHOWN_COLUMNS).cast(pl.String)).iter_rows():
        table.add_row(*row)
    open_console().print(table)
