"""Objects of the lake, read and typed, each by the function of the source that it answers."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from include.alpha_vantage.functions import Function
from include.bronze.keys import BronzeKey
from include.bronze.store import open_store
from include.errors import ContractError, StocklakeError
from include.silver.contract import check_arrived
from include.silver.datasets.company_overview import normalize_overview
from include.silver.load import Answer
from include.silver.normalize import NormalizedSeries, read_daily, read_weekly, type_daily, type_weekly

# How an answer is read, alone, and how answers are typed, together.
READ: dict[Function, Callable[..., Any]] = {
    Function.WEEKLY_ADJUSTED: read_weekly,
    Function.DAILY: read_daily,
    Function.OVERVIEW: normalize_overview,
}
TYPE: dict[Function, Callable[[Sequence[Any]], list[NormalizedSeries]]] = {
    Function.WEEKLY_ADJUSTED: type_weekly,
    Function.DAILY: type_daily,
    Function.OVERVIEW: list,  # one row each: typed as it is read
}

TICKERS_AT_ONCE = 25  # one transaction: large enough to hide its cost, small enough for memory to stay flat


class Unusable(NamedTuple):
    """An object of the lake of which nothing can be loaded, and what could be read of it."""

    key: BronzeKey
    error: StocklakeError
    series: NormalizedSeries | None = None


def read_and_normalize(function: Function, keys: Sequence[BronzeKey]) -> tuple[list[Answer], list[Unusable]]:
    """Read objects of the lake and type them.

    Shape:  -> what can be loaded, and the others with the error that each of them has.
    """
    store, read = open_store(), READ[function]
    readable: dict[BronzeKey, Any] = {}
    unusable: list[Unusable] = []
    for key in keys:
        try:
            readable[key] = read(store.read_answer(key), symbol=key.symbol, fetched_at=key.fetched_at)
        except StocklakeError as error:
            error.add_note(str(key))
            unusable.append(Unusable(key, error))
    answers = []
    for key, series in zip(readable, TYPE[function](list(readable.values())) if readable else [], strict=True):
        try:
            check_arrived(series)
        except ContractError as error:
            error.add_note(str(key))
            unusable.append(Unusable(key, error, series))
        else:
            answers.append(Answer(key, series))
    return answers, unusable
