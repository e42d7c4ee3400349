"""`make as-of`: a weekly series as it was known at a moment: the payloads fetched by then, merged in their order.

As in silver, weeks that the source has cut are retained, and what was quarantined is left out.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

import polars as pl
from rich.table import Table

from include.alpha_vantage.functions import Function
from include.bronze.decisions import read_accepted_weeks, read_beginnings
from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.errors import BronzeError, ObjectMissing, SettingsError
from include.silver.accepted import Accepted
from include.silver.from_bronze import TICKERS_AT_ONCE, read_and_normalize
from include.silver.history import add_actions_to_all
from include.silver.load import Answer
from include.silver.quarantine import Evidence, quarantine, what_is_taken
from include.silver.schema import WEEKLY_PRICES
from include.silver.tables import STORED_WEEKS, no_stored_weeks
from include.terminal import as_text, open_console

SHOWN_WEEKS = 26
SHOWN_COLUMNS = ("week_ending", "open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount")
COLUMNS = ("symbol", "week_ending", "price_date", *WEEKLY_PRICES.names, "is_complete_week", "is_carried")


@dataclass(frozen=True)
class KnownSeries:
    """A weekly series as it was known at a moment.

    Shape:  rows (n, COLUMNS), sorted by week_ending; `key` is the newest payload in it, `quarantined` the newer ones
            that were not believed.
    """

    key: BronzeKey
    rows: pl.DataFrame
    quarantined: tuple[BronzeKey, ...]


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


def read_series_as_of(symbol: str, at: datetime) -> KnownSeries:
    """Read the weekly series that was known at a moment.

    Raises: ObjectMissing when nothing that can be believed had been fetched by then; BronzeError.
    """
    store = open_store()
    fetched = sorted(store.list_keys(Function.WEEKLY_ADJUSTED, symbol))
    keys = [key for key in fetched if key.fetched_at <= at]
    begins = read_beginnings(store).get(symbol)
    # Another security has the ticker since that day; before it, the earlier one was what was known.
    since = [key for key in keys if begins and key.fetched_at >= begins]
    known = merge_payloads(since or keys, read_accepted_weeks(store, symbol).get(symbol, {}))
    if known is None:
        raise ObjectMissing(f"{symbol}: nothing was known by {at:%Y-%m-%d %H:%M} UTC; {_why_nothing(fetched, keys)}")
    return known


def merge_payloads(keys: Sequence[BronzeKey], accepted: Accepted) -> KnownSeries | None:
    """Merge one symbol's payloads, oldest first, as loading does, without a table; None where none can be believed."""
    rows, newest = no_stored_weeks(), None
    quarantined: list[BronzeKey] = []
    for group in (keys[start : start + TICKERS_AT_ONCE] for start in range(0, len(keys), TICKERS_AT_ONCE)):
        answers = _read(group)
        for key in group:
            answer = answers.get(key)
            merged = _merge(answer, rows, quarantined, accepted) if answer else None
            if merged is None:
                quarantined.append(key)
            else:
                rows, newest, quarantined = merged, key, []
    if newest is None:
        return None
    return KnownSeries(newest, rows.select(COLUMNS), tuple(quarantined))


def _why_nothing(fetched: Sequence[BronzeKey], by_then: Sequence[BronzeKey]) -> str:
    if by_then:
        return "every payload until then is quarantined: the page Pipeline says why"
    return f"its first answer is of {fetched[0].fetched_at:%Y-%m-%d %H:%M} UTC" if fetched else "it was never fetched"


def _read(keys: Sequence[BronzeKey]) -> Mapping[BronzeKey, Answer]:
    answers, unusable = read_and_normalize(Function.WEEKLY_ADJUSTED, keys)
    for row in unusable:
        if isinstance(row.error, BronzeError):
            raise row.error
    return {answer.key: answer for answer in answers}


def _merge(
    answer: Answer, history: pl.DataFrame, quarantined: Sequence[BronzeKey], accepted: Accepted
) -> pl.DataFrame | None:
    evidence = Evidence(answer.key, answer.series, history, tuple(map(str, quarantined)), accepted)
    taken = what_is_taken(evidence, quarantine(evidence))
    if taken is None:
        return None
    [merged] = add_actions_to_all([taken.merged])
    # A payload without one good row says nothing about the history.
    return history if merged.is_empty() else merged.select(STORED_WEEKS.names())


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
