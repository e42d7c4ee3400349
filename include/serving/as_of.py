"""A weekly series as it was known at a moment: the payloads fetched by then, merged in their order.

As in silver, weeks that the source has cut are retained, and what was quarantined is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from include.bronze.decisions import read_accepted_weeks, read_beginnings
from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.errors import BronzeError, ObjectMissing
from include.silver.accepted import Accepted
from include.silver.actions.listed import NO_LISTS, Lists
from include.silver.dataset import Dataset
from include.silver.datasets.dividends import DATASET as DIVIDENDS
from include.silver.datasets.splits import DATASET as SPLITS
from include.silver.datasets.weekly_adjusted_prices import DATASET as WEEKLY
from include.silver.from_bronze import TICKERS_AT_ONCE, read_and_normalize
from include.silver.lists import lists_of
from include.silver.normalize import NormalizedSeries
from include.silver.quarantine import Evidence, Quarantine, quarantine, what_is_taken
from include.silver.schema import write_decimals
from include.silver.stored_weeks import STORED_WEEKS, no_stored_weeks
from include.silver.weeks import WEEKLY_ADJUSTED, WEEKLY_PRICES

COLUMNS = ("symbol", "week_ending", "price_date", *WEEKLY_PRICES.names, "is_complete_week", "is_retained")


@dataclass(frozen=True)
class KnownSeries:
    """A weekly series as it was known at a moment.

    Shape:  rows (n, COLUMNS), sorted by week_ending; `key` is the newest payload in it, `quarantined` the newer ones
            that were not believed.
    """

    key: BronzeKey
    rows: pl.DataFrame
    quarantined: tuple[BronzeKey, ...]


@dataclass(frozen=True)
class Difference:
    """What is known now and was not then.

    Shape:  fields (n, week_ending, field, then, now), the newest week first: what reads otherwise in weeks known at
            both; numbers as text, with their places.
    """

    new_weeks: int
    gone_weeks: int
    fields: pl.DataFrame

    @property
    def is_any(self) -> bool:
        """Whether anything differs."""
        return bool(self.new_weeks or self.gone_weeks or self.fields.height)


def read_then_and_now(symbol: str, at: datetime) -> tuple[KnownSeries, KnownSeries]:
    """Read the weekly series that was known at a moment, and the one that is known now.

    Raises: as `read_series_as_of`.
    """
    then = read_series_as_of(symbol, at)
    newest = list_fetched(symbol)[-1]
    return then, then if newest <= at else read_series_as_of(symbol, newest)


def compare(then: pl.DataFrame, now: pl.DataFrame) -> Difference:
    """Compare the rows of two `KnownSeries`."""
    fields = (
        _fields(then, "then")
        .join(_fields(now, "now"), on=["week_ending", "field"], maintain_order="left")
        .filter(pl.col("then").ne_missing(pl.col("now")))
        .sort("week_ending", descending=True, maintain_order=True)
    )
    new, gone = now.join(then, on="week_ending", how="anti"), then.join(now, on="week_ending", how="anti")
    return Difference(new.height, gone.height, fields)


def read_series_as_of(symbol: str, at: datetime) -> KnownSeries:
    """Read the weekly series that was known at a moment.

    Raises: ObjectMissing when nothing that can be believed had been fetched by then; BronzeError.
    """
    store = open_store()
    fetched = sorted(store.list_keys(WEEKLY_ADJUSTED.name, symbol))
    keys = [key for key in fetched if key.fetched_at <= at]
    begins = read_beginnings(store).get(symbol)
    # Another security has the ticker since that day; before it, the earlier one was what was known.
    since = [key for key in keys if begins and key.fetched_at >= begins]
    lists = _read_lists(symbol, at, begins if since else None)
    known = merge_payloads(since or keys, read_accepted_weeks(store, symbol).get(symbol, {}), lists)
    if known is None:
        raise ObjectMissing(f"{symbol}: nothing was known by {at:%Y-%m-%d %H:%M} UTC; {_why_nothing(fetched, keys)}")
    return known


def list_fetched(symbol: str) -> list[datetime]:
    """When each payload of a weekly series was fetched, oldest first.

    Raises: BronzeError.
    """
    return sorted(key.fetched_at for key in open_store().list_keys(WEEKLY_ADJUSTED.name, symbol))


def merge_payloads(keys: Sequence[BronzeKey], accepted: Accepted, lists: Lists = NO_LISTS) -> KnownSeries | None:
    """Merge one symbol's payloads, oldest first, as loading does, without a table; None where none can be believed."""
    rows, newest = no_stored_weeks(), None
    quarantined: list[BronzeKey] = []
    since: dict[tuple[str, date | None], datetime] = {}
    for group in (keys[start : start + TICKERS_AT_ONCE] for start in range(0, len(keys), TICKERS_AT_ONCE)):
        payloads = _read(WEEKLY, group)
        for key in group:
            payload = payloads.get(key)
            found, merged = _merge(Evidence(payload, rows, accepted, since, lists)) if payload else (None, None)
            if merged is None:
                quarantined.append(key)
            else:
                rows, newest, quarantined, since = merged, key, [], {}
            if found:
                since.setdefault((found.rule, found.week_ending), key.fetched_at)
    if newest is None or rows.is_empty():  # a payload may be taken in without a good row: it says nothing
        return None
    return KnownSeries(newest, rows.select(COLUMNS), tuple(quarantined))


def _fields(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    texts = write_decimals(rows).select("week_ending", pl.col(WEEKLY_PRICES.names).cast(pl.String))
    return texts.unpivot(index="week_ending", variable_name="field", value_name=label)


def _why_nothing(fetched: Sequence[BronzeKey], by_then: Sequence[BronzeKey]) -> str:
    if by_then:
        return "every payload until then is quarantined: the page Pipeline says why"
    return f"its first payload is of {fetched[0].fetched_at:%Y-%m-%d %H:%M} UTC" if fetched else "it was never fetched"


def _read_lists(symbol: str, at: datetime, begins: datetime | None) -> Lists:
    """The lists of splits and dividends that decided the series then."""
    newest: list[NormalizedSeries | None] = []
    for dataset in (SPLITS, DIVIDENDS):
        keys = open_store().list_keys(dataset.function.name, symbol)
        known = sorted(key for key in keys if key.fetched_at <= at and (begins is None or key.fetched_at >= begins))
        readable = (payload for key in reversed(known) for payload in _read(dataset, [key]).values())
        newest.append(next(readable, None))
    return lists_of(*newest)


def _read(dataset: Dataset, keys: Sequence[BronzeKey]) -> Mapping[BronzeKey, NormalizedSeries]:
    payloads, unusable = read_and_normalize(dataset, keys)
    for row in unusable:
        if isinstance(row.error, BronzeError):
            raise row.error
    return {payload.key: payload for payload in payloads}


def _merge(evidence: Evidence) -> tuple[Quarantine | None, pl.DataFrame | None]:
    found = quarantine(evidence, WEEKLY.rules)
    taken = what_is_taken(evidence, found)
    if taken is None:
        return found, None
    # A payload without one good row says nothing about the history.
    is_empty = taken.payload.rows.is_empty()
    return found, evidence.history if is_empty else taken.weeks.select(STORED_WEEKS.names())
