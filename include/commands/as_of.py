"""Print a weekly series as it was known at a moment: a terminal gets what differs today, a pipe all rows as CSV."""

import sys
from collections.abc import Callable
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from include.clock import parse_moment
from include.errors import SettingsError
from include.serving.as_of import Difference, KnownSeries, compare, read_then_and_now
from include.settings import SAMPLE_SYMBOLS, get_settings
from include.silver.schema import write_decimals
from include.terminal import as_text, open_console

SHOWN_FIELDS = 12
RESTATED = " A later dividend or split restates every adjusted close before it."
NEVER_IN_THE_SAMPLE = (
    "The sample market's prices end on 2013-03-01 and are never restated, so of these stocks no day shows a "
    "difference. How to see one: The sample market on command, in .github/docs/settings.md"
)


def as_of(
    symbol: Annotated[str, typer.Argument(help="the ticker, for example IBM")],
    at: Annotated[str, typer.Argument(help="a day or a moment, UTC, for example 2013-03-02")],
    is_csv: Annotated[bool, typer.Option("--csv", help="all rows as CSV, as a pipe gets them")] = False,
) -> int:
    """Print the series.

    Raises: SettingsError in the user's words where one is missing or malformed.
    """
    if not symbol or not at:
        raise SettingsError("which series, and when? for example: make as-of SYMBOL=IBM AT=2013-03-02")
    then, now = read_then_and_now(symbol.strip().upper(), parse_moment(at))
    if is_csv or not sys.stdout.isatty():
        sys.stdout.write(write_decimals(then.rows).write_csv())
    else:
        _print_summary(open_console(), then, now)
    return 0


def _print_summary(console: Console, then: KnownSeries, now: KnownSeries) -> None:
    symbol, difference = then.key.symbol, compare(then.rows, now.rows)
    console.print(f"[bold]{as_text(symbol)}[/]: weekly prices in the listing's currency\n")
    console.print(_ends(then, now))
    if then.quarantined:
        console.print(f"{len(then.quarantined):,} newer payloads until then are quarantined.")
    console.print(f"\n{_verdict(difference, then.rows.height, is_newer=now.key != then.key)}", soft_wrap=False)
    if not difference.is_any and symbol in SAMPLE_SYMBOLS and get_settings().source.is_sample:
        console.print(NEVER_IN_THE_SAMPLE, soft_wrap=False)
    if difference.fields.height:
        console.print(_newest(difference.fields))
    console.print("\nAll rows as known then, as CSV: CSV=1, or write into a pipe")


def _ends(then: KnownSeries, now: KnownSeries) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("", "Known then", "Known now"):
        table.add_column(heading, no_wrap=True)
    lines: dict[str, Callable[[KnownSeries], str]] = {
        "Newest payload": lambda known: f"{known.key.fetched_at:%Y-%m-%d %H:%M} UTC",
        "Weeks": lambda known: f"{known.rows.height:,}",
        "First week": lambda known: str(known.rows["week_ending"][0]),
        "Last week": lambda known: str(known.rows["week_ending"][-1]),
    }
    for label, write in lines.items():
        table.add_row(label, write(then), write(now))
    return table


def _verdict(difference: Difference, weeks: int, *, is_newer: bool) -> str:
    if not is_newer:
        return "No newer payload was taken in since: what was known then is what is known now."
    counts = difference.fields["field"].value_counts(sort=True).rows()
    fields = ", ".join(f"{name.replace('_', ' ')} in {count:,}" for name, count in counts)
    differing = difference.fields["week_ending"].n_unique()
    share = f"All {weeks:,}" if differing == weeks else f"{differing:,} of the {weeks:,}"
    of_then = f"{share} weeks known then differ now: {fields}." if counts else ""
    of_then += RESTATED if "adjusted_close" in dict(counts) else ""
    others = {"new since": difference.new_weeks, "no longer known": difference.gone_weeks}
    told = [f"Weeks {words}: {count:,}." for words, count in others.items() if count]
    return " ".join([of_then or f"All {weeks:,} weeks known then are the same now.", *told])


def _newest(fields: pl.DataFrame) -> Table:
    left_out = fields.height - SHOWN_FIELDS
    table = Table(box=None, pad_edge=False, caption=f"and {left_out:,} more" if left_out > 0 else None)
    for heading in ("Week ending", "What", "Known then", "Known now"):
        is_number = heading.startswith("Known")
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=True)
    for week, field, then, now in fields.head(SHOWN_FIELDS).rows():
        table.add_row(str(week), field.replace("_", " "), then or "–", now or "–")
    return table
