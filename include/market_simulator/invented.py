"""Invented tickers for load tests: INVENTED-1, INVENTED-00002, … The name says that no price is real."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SYMBOL_PATTERN: Final = re.compile(r"INVENTED-\d{1,9}", re.IGNORECASE | re.ASCII)
FIRST_WEEK: Final = date(1988, 4, 8)  # a Friday, 1,300 weeks up to 2013-03-01
WEEK: Final = timedelta(weeks=1)
FROM_MONDAY: Final = timedelta(days=4)  # to Friday
NO_DAYS: Final = timedelta()

WEEKLY_DRIFT, WEEKLY_VOLATILITY = 0.0016, 0.025
SPLIT_CHANCE: Final = 1 / 650  # a week; about two splits in the sample's span
SPLIT_FACTORS: Final = np.array([2.0, 3.0, 1.5, 2.0])
WEEKS_BETWEEN_DIVIDENDS: Final = 13
PAYING_SHARE: Final = 0.7  # of the tickers
QUARTERLY_YIELD: Final = 0.005

_NORMALS: Final = 5  # draws a week: return, gap at the open, reach up, reach down, volume
_UNIFORMS: Final = 2  # draws a week: is it a split, which one


def is_invented(symbol: str) -> bool:
    """Whether the name marks an invented ticker."""
    return SYMBOL_PATTERN.fullmatch(symbol) is not None


def invented_weeks(symbol: str, last_close: date) -> list[tuple[object, ...]]:
    """The weekly rows of an invented ticker, whole weeks only, newest first.

    Shape:  tuples as the weekly layout prints them: date, open, high, low, close, adjusted close, volume, dividend.
            The same ticker has the same past whatever the clock says; only the adjusted closes are restated.
    Units:  as the real series; splits fall on a Monday, dividends on the last trading day of their week.
    """
    weeks = max((last_close - FIRST_WEEK) // WEEK + 1, 0)
    if weeks == 0:
        return []
    columns = generate_weeks(number_of(symbol), weeks)
    return list(zip(_fridays(weeks), *(column[::-1].tolist() for column in columns), strict=True))


def invented_actions(symbol: str, last_close: date) -> list[tuple[date, float, float]]:
    """The splits and dividends of an invented ticker up to a day, newest first.

    Shape:  tuples of ex-date, split factor (1.0 if none), dividend amount (0.0 if none).
    Units:  as the real series; splits fall on a Monday, dividends on the last trading day of their week.
    """
    weeks = max((last_close - FIRST_WEEK) // WEEK + 1, 0) + 1  # a split counts before its week is over
    splits, _, dividends = _draw_actions(number_of(symbol), weeks)
    is_split = splits != 1.0
    days = [
        (FIRST_WEEK + place * WEEK - (FROM_MONDAY if is_split[place] else NO_DAYS), place)
        for place in np.flatnonzero(is_split | (dividends != 0.0))[::-1].tolist()
    ]
    return [(day, float(splits[place]), float(dividends[place])) for day, place in days if day <= last_close]


def number_of(symbol: str) -> int:
    """The number that an invented ticker's prices are drawn from."""
    return int(symbol.rpartition("-")[2])


def generate_weeks(number: int, weeks: int) -> tuple[NDArray[np.generic], ...]:
    """The columns of the first weeks of an invented ticker, oldest first.

    Shape:  7 arrays of `weeks`: open, high, low, close, adjusted close, volume, dividend.
    """
    _, gaps, ups, downs, crowd = _draw_normals(number, weeks)
    splits, closes, dividends = _draw_actions(number, weeks)
    opens = _opens(closes, splits, gaps)
    highs = np.round(np.maximum(opens, closes) * (1 + 0.01 * np.abs(ups)), 2)
    lows = np.round(np.minimum(opens, closes) * np.exp(-0.01 * np.abs(downs)), 2)
    volumes = np.round(1e6 * np.exp(0.4 * crowd)).astype(np.int64)
    return opens, highs, np.maximum(lows, 0.01), closes, _adjust(closes, splits, dividends), volumes, dividends


def _draw_normals(number: int, weeks: int) -> Floats:
    # Rows are drawn in order, so a longer history begins with the shorter one.
    return np.random.default_rng([number, 0]).standard_normal((weeks, _NORMALS)).T


def _draw_actions(number: int, weeks: int) -> tuple[Floats, Floats, Floats]:
    uniforms = np.random.default_rng([number, 1]).random((weeks, _UNIFORMS)).T
    splits = _splits(uniforms)
    closes = _closes(number, _draw_normals(number, weeks)[0], splits)
    return splits, closes, _dividends(number, closes, splits)


def _splits(uniforms: Floats) -> Floats:
    happens, which = uniforms
    return np.where(happens < SPLIT_CHANCE, SPLIT_FACTORS[(which * len(SPLIT_FACTORS)).astype(int)], 1.0)


def _closes(number: int, steps: Floats, splits: Floats) -> Floats:
    first = 60 + number * 7 % 60  # dollars
    log_returns = WEEKLY_DRIFT + WEEKLY_VOLATILITY * steps - np.log(splits)
    closes: Floats = np.maximum(np.round(first * np.exp(np.cumsum(log_returns)), 2), 0.01)
    return closes


def _opens(closes: Floats, splits: Floats, gaps: Floats) -> Floats:
    # After a split the week opens in the new shares: it took effect before Monday's bell.
    previous = np.concatenate([closes[:1], closes[:-1] / splits[1:]])
    return np.maximum(np.round(previous * np.exp(0.004 * gaps), 2), 0.01)


def _dividends(number: int, closes: Floats, splits: Floats) -> Floats:
    is_paying = number % 10 < PAYING_SHARE * 10
    is_due = (np.arange(len(closes)) + number) % WEEKS_BETWEEN_DIVIDENDS == 0
    # A week holds one action at most, so that each can be read from the factor without doubt.
    return np.where(is_paying & is_due & (splits == 1.0), np.round(closes * QUARTERLY_YIELD, 4), 0.0)


def _adjust(closes: Floats, splits: Floats, dividends: Floats) -> Floats:
    steps = splits * (1 + dividends / closes)
    later_steps = np.append(np.cumprod(steps[:0:-1])[::-1], 1.0)
    adjusted: Floats = np.round(closes / later_steps, 4)
    return adjusted


@lru_cache(maxsize=4)
def _fridays(weeks: int) -> list[str]:
    return [(FIRST_WEEK + week * WEEK).isoformat() for week in reversed(range(weeks))]
