"""How much of a series is asked for: all of it where the plan wants that and the key allows it, else its newest rows."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime

import psycopg

from include.alpha_vantage.key_permissions import asked_by_one, read_permission, write_permission
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
    whole, connection = dataset.whole, ledger.connection
    if whole is None or not ledger.asks_whole(symbol):
        return call(dataset.function)
    function = whole.function.name
    known = read_permission(connection, function, now=market_now())
    with nullcontext() if known else asked_by_one(connection, function):
        known = known or read_permission(connection, function, now=market_now())
        if known is None or known.is_allowed:
            try:
                key = call(whole.function)
            except PremiumOutputSize:
                write_permission(connection, function, is_allowed=False, learnt_at=market_now())
            else:
                if known is None:
                    write_permission(connection, function, is_allowed=True, learnt_at=market_now())
                return key
    ledger.ask_newest(symbol)
    return call(dataset.function)
