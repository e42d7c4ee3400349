"""Objects of the lake, read and typed as their dataset says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.errors import ContractError, StocklakeError
from include.silver.contract import check_arrived
from include.silver.dataset import Dataset
from include.silver.load import TypedPayload
from include.silver.normalize import NormalizedSeries

TICKERS_AT_ONCE = 25  # one transaction: large enough to hide its cost, small enough for memory to stay flat


class Unusable(NamedTuple):
    """An object of the lake of which nothing can be loaded, and what could be read of it."""

    key: BronzeKey
    error: StocklakeError
    series: NormalizedSeries | None = None


def read_and_normalize(dataset: Dataset, keys: Sequence[BronzeKey]) -> tuple[list[TypedPayload], list[Unusable]]:
    """Read objects of the lake and type them.

    Shape:  -> what can be loaded, and the others with the error that each of them has.
    """
    store = open_store(dataset.source.name)
    readable: dict[BronzeKey, Any] = {}
    unusable: list[Unusable] = []
    for key in keys:
        try:
            readable[key] = dataset.read(store.read_payload(key), symbol=key.symbol, fetched_at=key.fetched_at)
        except StocklakeError as error:
            error.add_note(str(key))
            unusable.append(Unusable(key, error))
    payloads = []
    for key, series in zip(readable, dataset.type_all(list(readable.values())) if readable else [], strict=True):
        try:
            check_arrived(series)
        except ContractError as error:
            error.add_note(str(key))
            unusable.append(Unusable(key, error, series))
        else:
            payloads.append(TypedPayload(key, series))
    return payloads, unusable
