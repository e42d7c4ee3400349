"""`make as-of`: a weekly series as it was known at a moment. The newest object fetched by then *is* what was known."""

import sys
from datetime import UTC, datetime, time

import polars as pl
from rich.table import Table

from include.alpha_vantage.functions import Function
from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.errors import ObjectMissing, SettingsError
from include.silver.normalize import NormalizedSeries, normalize_weekly
from include.terminal import as_text, open_console

SHOWN_WEEKS = 26
SHOWN_COLUMNS = ("week_ending", "open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount")


def as_of(symbol: str, at: str) -> int:
    """Print the series: a table of its newest weeks on a terminal, all of it as CSV into a pipe or file."""
    if not symbol or not at:
        raise SettingsError("which series, and when? for example: make as-of SYMBOL=IBM AT=2024-04-15")
    key, series = read_series_as_of(symbol.strip().upper(), parse_moment(at))
    if sys.stdout.isatty():
        _print_table(key, series)
    else:
        sys.stdout.write(series.rows.write_csv())
    return 0


def read_series_as_of(symbol: str, at: datetime) -> tuple[BronzeKey, NormalizedSeries]:
    """Read the weekly series that was known at a moment.

    Shape:  -> the object it comes from, and its rows as `normalize_weekly` types them.
    Raises: ObjectMissing when nothing had been fetched by then.
    """
    key = open_store().newest_key(Function.WEEKLY_ADJUSTED, symbol, as_of=at)
    if key is None:
        first = min(open_store().list_keys(Function.WEEKLY_ADJUSTED, symbol), default=None)
        known = f"its first answer is of {first.fetched_at:%Y-%m-%d %H:%M} UTC" if first else "it was never fetched"
        raise ObjectMissing(f"{symbol}: nothing was known by {at:%Y-%m-%d %H:%M} UTC; {known}")
    return key, normalize_weekly(open_store().read_answer(key), symbol=symbol, fetched_at=key.fetched_at)


def parse_moment(text: str, *, of_day: time = time.max) -> datetime:
    """A moment, UTC where it names no zone; a day means its end, or the time given.

    Raises: SettingsError when the text is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is no day or moment; write for example 2024-04-15") from None
    is_day = len(text) <= len("2024-04-15")
    moment = datetime.combine(moment, of_day) if is_day else moment
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _print_table(key: BronzeKey, series: NormalizedSeries) -> None:
    table = Table(
        title=f"{as_text(key.symbol)} as known on {key.fetched_at:%Y-%m-%d %H:%M} UTC",
        caption=f"{series.rows.height:,} weeks in {as_text(key)}\n"
        "raw prices in the listing's currency; all rows: … | cat",
    )
    for name in SHOWN_COLUMNS:
        table.add_column(name.replace("_", " "), justify="right")
    newest_first = series.rows.sort("week_ending", descending=True).head(SHOWN_WEEKS)
    for row in newest_first.select(pl.col(SHOWN_COLUMNS).cast(pl.String)).iter_rows():
        table.add_row(*row)
    open_console().print(table)
