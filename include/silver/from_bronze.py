"""Objects of the lake, read and typed as their dataset says; and whether the source has kept to the contract."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.errors import ContractError, StocklakeError
from include.silver.dataset import Dataset
from include.silver.normalize import NormalizedSeries
from include.silver.rejections import keep_rejected_dates

TICKERS_AT_ONCE = 25  # one transaction: large enough to hide its cost, small enough for memory to stay flat
MOST_UNREADABLE = 0.1  # of the rows received; a single garbled row of a long history is no change of format
LEFT_OUT = "nothing of the payload is loaded; the rows are in silver.rejected_rows"


class Unusable(NamedTuple):
    """An object of the lake of which nothing can be loaded, and what could be read of it."""

    key: BronzeKey
    error: StocklakeError
    series: NormalizedSeries | None = None


def read_and_normalize(dataset: Dataset, keys: Sequence[BronzeKey]) -> tuple[list[NormalizedSeries], list[Unusable]]:
    """Read objects of the lake and type them.

    Shape:  -> what can be loaded, and the others with the error that each of them has.
    """
    store = open_store(dataset.source.name)
    readable: list[Any] = []
    unusable: list[Unusable] = []
    for key in keys:
        try:
            readable.append(dataset.read(store.read_payload(key), key))
        except StocklakeError as error:
            error.add_note(str(key))
            unusable.append(Unusable(key, error))
    payloads = []
    for series in dataset.type_all(readable) if readable else []:
        try:
            check_arrived(series)
        except ContractError as error:
            error.add_note(str(series.key))
            unusable.append(Unusable(series.key, error, series))
        else:
            payloads.append(series)
    return payloads, unusable


def check_arrived(series: NormalizedSeries) -> None:
    """See that the newest row and nine tenths of all rows have a believable date and close.

    A field that is null counts for nothing here, nor does a row that repeats the day of another one.
    Raises: ContractError that names the row or the number of rows, and the reason.
    """
    unreadable = keep_rejected_dates(series.rejected)
    if unreadable.is_empty():
        return
    newest_kept = series.newest_day
    for row in unreadable.iter_rows(named=True):
        day = row["day"]
        # The source writes its newest row first: there a row without a believable date is the newest.
        is_newest = row["row_number"] == 1 if day is None else newest_kept is None or day > newest_kept
        if is_newest:
            raise ContractError(
                f"{series.symbol}: the newest row ({row['row_date']}) has no believable date"
                f" and {series.required} ({row['reason']}); {LEFT_OUT}"
            )
    if unreadable.height > MOST_UNREADABLE * series.received:
        raise ContractError(
            f"{series.symbol}: {unreadable.height} of {series.received} rows have no believable date and"
            f" {series.required}, more than a tenth (the first: {unreadable['reason'][0]}); {LEFT_OUT}"
        )
