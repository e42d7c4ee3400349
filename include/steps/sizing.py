"""How much of a series is asked for: all of it where that is planned and the key allows it, else its newest rows."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime

import psycopg

from include.alpha_vantage.key_permissions import asking_alone, read_permission, write_permission
from include.alpha_vantage.planner import SeriesState
from include.clock import market_now
from include.errors import PremiumOutputSize
from include.observability.ticker_ledger import PlanLine, TickerLedger, TickerStatus
from include.silver.dataset import Dataset
from include.silver.held_days import read_held_days
from include.silver.whole_history import choose_size
from include.sources import SourceFunction


def choose_sizes(
    connection: psycopg.Connection,
    dataset: Dataset,
    lines: Sequence[PlanLine],
    states: Mapping[str, SeriesState],
    now: datetime,
    *,
    force: bool,
) -> list[PlanLine]:
    """Say of each planned ticker whether all of its series is asked for, where a call does not bring all anyway."""
    whole = dataset.whole
    if whole is None:
        return list(lines)
    planned = {line.symbol: states[line.symbol] for line in lines if line.status is TickerStatus.PLANNED}
    held = read_held_days(connection, dataset, whole, planned)
    permission = read_permission(connection, whole.function.name, now=now)
    return [
        choose_size(line, held[line.symbol], permission, usual_rows=whole.usual_rows, now=now, force=force)
        if line.symbol in held
        else line
        for line in lines
    ]


def fetch_size(ledger: TickerLedger, dataset: Dataset, symbol: str, call: Callable[[SourceFunction], str]) -> str:
    """Call for all of a series where that is planned, and for its newest rows where not or where the key is refused.

    The first refusal of a key is kept for all tickers: one credit, and this ticker's call follows at once.
    """
    whole = dataset.whole
    if whole is None or not ledger.asks_whole(symbol):
        return call(dataset.function)
    is_known = read_permission(ledger.connection, whole.function.name, now=market_now()) is not None
    with nullcontext(ledger.connection) if is_known else asking_alone() as connection:
        key = _call_for_whole(connection, whole.function, call)
    if key is None:
        ledger.ask_newest(symbol)
        key = call(dataset.function)
    return key


def _call_for_whole(
    connection: psycopg.Connection, function: SourceFunction, call: Callable[[SourceFunction], str]
) -> str | None:
    """Call if the key allows it; None where not."""
    known = read_permission(connection, function.name, now=market_now())
    if known is not None and not known.is_allowed:
        return None
    try:
        key = call(function)
    except PremiumOutputSize:
        key = None
    if known is None or key is None:
        write_permission(connection, function.name, is_allowed=key is not None, learnt_at=market_now())
    return key
