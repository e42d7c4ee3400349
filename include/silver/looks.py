"""What is known of earlier looks at each series: from the ledger, silver, and the lake where the ledger is gone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg

from include.alpha_vantage.calls import NewestCalls, read_newest_calls
from include.alpha_vantage.functions import Function
from include.alpha_vantage.planner import Look
from include.silver.bookkeeping import read_newest_loaded
from include.silver.tables import SILVER, read_newest_closed_weeks


def read_looks(
    connection: psycopg.Connection,
    function: Function,
    symbols: Sequence[str],
    newest_in_bronze: Mapping[str, tuple[datetime, str]],
) -> dict[str, Look]:
    """Put together, for each symbol, when it was answered and refused last, and whether silver lacks its answer.

    `newest_in_bronze` holds, for symbols that `symbols_to_list` named, when the newest object was fetched and its key.
    Units:  moments by the market's clock.
    """
    calls = read_newest_calls(connection, function, symbols)
    closed = read_newest_closed_weeks(connection, symbols) if function is Function.WEEKLY_ADJUSTED else {}
    loaded = read_newest_loaded(connection, SILVER, function, symbols)
    looks = {}
    for symbol in symbols:
        newest = calls.get(symbol, NewestCalls())
        answered_at, key = newest.answered_at, newest.bronze_key
        if symbol in newest_in_bronze:
            fetched_at, key = newest_in_bronze[symbol]
            answered_at = max(answered_at or fetched_at, fetched_at)
        is_waiting = key is not None and loaded.get(symbol, "") < key
        looks[symbol] = Look(answered_at, newest.refused_at, newest.asked_at, closed.get(symbol), is_waiting)
    return looks
