"""Volatility, z-score and 52-week ranges of a stock."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from math import fsum, log, sqrt

from tests.reference.records import HeldWeek

WEEKS_OF_A_YEAR = 52
NEWEST_WITHIN = timedelta(weeks=60)
YEAR = timedelta(weeks=52)
WEEK = timedelta(weeks=1)
Dated = Sequence[tuple[date, float]]


def one_week_log_returns(
    days: Sequence[date], spans: Sequence[int | None], growths: Sequence[float | None]
) -> list[tuple[date, float]]:
    """The log returns that span exactly one week."""
    return [
        (day, log(growth))
        for day, span, growth in zip(days, spans, growths, strict=True)
        if span == 1 and growth is not None
    ]


def volatility_pct(day: date, returns: Dated) -> float | None:
    """The annualised deviation of the 52 newest one-week log returns up to a week; None unless all are recent."""
    newest = _newest(returns, bisect_right(returns, day, key=_day_of), day)
    return None if newest is None else 100 * sqrt(WEEKS_OF_A_YEAR) * _deviation(newest)


def z_score(day: date, returns: Dated) -> float | None:
    """How many deviations the log return of a week lies from the mean of the 52 before."""
    place = bisect_left(returns, day, key=_day_of)
    before = _newest(returns, place, day)
    if before is None or place == len(returns) or returns[place][0] != day or (deviation := _deviation(before)) == 0:
        return None
    return (returns[place][1] - _mean(before)) / deviation


def _newest(returns: Dated, until: int, day: date) -> list[float] | None:
    newest = returns[max(until - WEEKS_OF_A_YEAR, 0) : until]
    is_known = len(newest) == WEEKS_OF_A_YEAR and newest[0][0] > day - NEWEST_WITHIN
    return [value for _, value in newest] if is_known else None


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def _deviation(values: Sequence[float]) -> float:
    mean = _mean(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _day_of(dated: tuple[date, float]) -> date:
    return dated[0]


def scales(weeks: Sequence[HeldWeek]) -> list[float]:
    """The product of all F up to each week: price x scale is comparable through all actions but dividends."""
    found, scale = [], 1.0
    for held in weeks:
        scale *= float(held.action.factor) if held.action else 1.0
        found.append(scale)
    return found


def yearly_ranges(weeks: Sequence[HeldWeek], is_mixed: Sequence[bool]) -> list[tuple[float | None, float | None]]:
    """The highest high and the lowest low of the 52 weeks up to each, in that week's shares and unit.

    A mixed week contributes its close, a week without a believable high (low) its close as high (low).
    """
    days, factors = [held.week.week_ending for held in weeks], scales(weeks)
    found = list[tuple[float | None, float | None]]()
    highs = [_value(held, "high", mixed) for held, mixed in zip(weeks, is_mixed, strict=True)]
    lows = [_value(held, "low", mixed) for held, mixed in zip(weeks, is_mixed, strict=True)]
    for place, day in enumerate(days):
        if days[0] > day - YEAR + WEEK:
            found.append((None, None))
            continue
        window = [other for other in range(max(place - 51, 0), place + 1) if days[other] > day - YEAR]
        high = max(highs[other] * factors[other] for other in window) / factors[place]
        low = min(lows[other] * factors[other] for other in window) / factors[place]
        found.append((high, low))
    return found


def _value(held: HeldWeek, name: str, mixed: bool) -> float:
    value = getattr(held.week, name)
    return float(held.week.close if mixed or value is None else value)
