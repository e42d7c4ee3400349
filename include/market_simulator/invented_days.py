"""The daily bars of invented tickers: five a week, which together are the week that `invented` draws."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from include.market_simulator.invented import FIRST_WEEK, FROM_MONDAY, WEEK, Floats, generate_weeks, number_of

DAYS: Final = 5  # every weekday, whatever holidays New York has: a week is dated by its Friday
NOISE: Final = 0.2  # of the week's range
_NORMALS: Final = 4  # draws a day: close, gap at the open, reach up, reach down


def invented_days(symbol: str, last_close: date) -> list[tuple[object, ...]]:
    """The daily rows of an invented ticker up to a day, newest first.

    Shape:  tuples as the daily layout prints them: date, open, high, low, close, volume. Of each whole week the first
            open, highest high, lowest low, last close and summed volume are the weekly row's.
    Units:  raw prices and shares of the day, as `invented_actions` says.
    """
    monday = FIRST_WEEK - FROM_MONDAY
    weeks = max((last_close - monday) // WEEK + 1, 0)
    if weeks == 0:
        return []
    columns = _generate(number_of(symbol), weeks)
    to_come = DAYS - min((last_close - monday).days % 7 + 1, DAYS)
    rows = zip(_weekdays(weeks), *(column.ravel()[::-1].tolist() for column in columns), strict=True)
    return list(rows)[to_come:]


def _generate(number: int, weeks: int) -> tuple[NDArray[np.generic], ...]:
    # Rows are drawn in order, so a longer history begins with the shorter one.
    steps, gaps, ups, downs = np.random.default_rng([number, 2]).standard_normal((weeks, DAYS, _NORMALS)).T
    crowd = np.random.default_rng([number, 3]).random((weeks, DAYS)) + 0.5
    columns = [column[:, np.newaxis].astype(np.float64) for column in generate_weeks(number, weeks)]
    first, highest, lowest, last, _, volume, _ = columns
    reach = highest - lowest

    def within(prices: Floats) -> Floats:
        return np.round(np.clip(prices, lowest, highest), 2).astype(np.float64)

    part = np.arange(1, DAYS + 1) / DAYS
    closes = within(first + (last - first) * part + NOISE * reach * steps.T)
    closes[:, -1:] = last
    opens = np.hstack([first, within(closes[:, :-1] + NOISE / 4 * reach * gaps.T[:, 1:])])
    highs = within(np.maximum(opens, closes) + NOISE * reach * np.abs(ups.T))
    lows = within(np.minimum(opens, closes) - NOISE * reach * np.abs(downs.T))
    week = np.arange(weeks)
    highs[week, highs.argmax(axis=1)] = highest[:, 0]
    lows[week, lows.argmin(axis=1)] = lowest[:, 0]
    return opens, highs, lows, closes, _share(volume, crowd)


def _share(volume: Floats, crowd: Floats) -> NDArray[np.int64]:
    """Whole shares of each day that sum up to those of the week."""
    until = np.cumsum(crowd, axis=1) / crowd.sum(axis=1, keepdims=True)
    traded = np.round(volume * until).astype(np.int64)
    shares: NDArray[np.int64] = np.diff(traded, axis=1, prepend=0)
    return shares


@lru_cache(maxsize=4)
def _weekdays(weeks: int) -> list[str]:
    fridays = (FIRST_WEEK + week * WEEK for week in reversed(range(weeks)))
    return [(friday - timedelta(days=back)).isoformat() for friday in fridays for back in range(DAYS)]
