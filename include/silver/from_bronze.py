"""Objects of the lake, read and typed as their dataset says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.errors import ContractError, LakeError, StocklakeError
from include.silver.contract_check import check_arrived
from include.silver.dataset import Dataset
from include.silver.normalize import NormalizedSeries

TICKERS_AT_ONCE = 25  # one transaction: large enough to hide its cost, small enough for memory to stay flat


class Unusable(NamedTuple):
    """An object of the lake of which nothing can be loaded, and what could be read of it."""

    key: BronzeKey
    error: StocklakeError
    series: NormalizedSeries | None = None


def read_and_normalize(dataset: Dataset, keys: Sequence[BronzeKey]) -> tuple[list[NormalizedSeries], list[Unusable]]:
    """Read objects of the lake and type them.

    Shape:  -> what can be loaded, and the others with the error that each of them has.
    Raises: LakeError, which says nothing of an object.
    """
    store = open_store(dataset.source.name)
    readable: list[Any] = []
    unusable: list[Unusable] = []
    for key in keys:
        try:
            readable.append(dataset.read(store.read_payload(key), key))
        except LakeError:
            raise
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
