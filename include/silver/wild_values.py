"""One wild value: a weekly return that no share ever had, found in a series as it would be with a payload.

Both values of a week are looked at. The adjusted close moves as the total return does. The raw close may also move by
an action that adjusted over raw shows; but such an action lasts, and the newest weeks are adjusted for nothing.
Only returns of exactly one week are judged: after a gap nobody can say what is wild.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from include.silver.corporate_actions import ROUNDING

MOST_GROWTH = 51.0  # times in one week; dbt's var largest_weekly_growth says the same, and a test compares them
WEEK = timedelta(weeks=1)
# An action that is taken back within a quarter, or that leads away from the newest prices, was a wrong print.
LASTS_FOR = 13
SAME_FACTOR = 1.3


@dataclass(frozen=True)
class WildValue:
    """The week of a wild value, and the value beside its neighbour's."""

    week_ending: date
    value: str


@dataclass(frozen=True)
class _Prices:
    """A column of prices; where it is null, what stands for it in the comparison."""

    name: str
    printed: Sequence[Decimal | None]
    compared: Sequence[float]

    def is_wild(self, row: int) -> bool:
        """Whether the price of a row is beyond the bound of the row before, however both were rounded."""
        low, high = sorted((self.compared[row - 1], self.compared[row]))
        return (high - ROUNDING) > MOST_GROWTH * (low + ROUNDING)

    def are_near(self, one: int, other: int) -> bool:
        """Whether two prices lie within the bound of each other."""
        low, high = sorted((self.compared[one], self.compared[other]))
        return high <= MOST_GROWTH * low


def find_wild_values(series: pl.DataFrame) -> list[WildValue]:
    """Find the weeks whose value a payload would make wild, oldest first.

    Returns between two retained weeks were judged when they came; both that touch an accepted week are believed.
    Shape:  series (n, week_ending, close, adjusted_close, is_carried, is_accepted, …) sorted by week_ending.
    """
    if not _may_be_wild(series):
        return []
    weeks: list[date] = series["week_ending"].to_list()
    is_carried: list[bool] = series["is_carried"].to_list()
    is_accepted: list[bool] = series["is_accepted"].to_list()
    raw, adjusted = _prices(series)
    factors = [a / c for a, c in zip(adjusted.compared, raw.compared, strict=True)]
    found: dict[date, WildValue] = {}
    for row in range(1, len(weeks)):
        is_judged = weeks[row] - weeks[row - 1] == WEEK and not (is_carried[row] and is_carried[row - 1])
        if not is_judged or is_accepted[row] or is_accepted[row - 1]:
            continue
        if adjusted.is_wild(row):
            prices = adjusted
        elif raw.is_wild(row) and not _is_action(factors, row):
            prices = raw
        else:
            continue
        wild = _wild_row(prices, row)
        found.setdefault(weeks[wild], WildValue(weeks[wild], _words(prices, wild, row)))
    return [found[week] for week in sorted(found)]


def _may_be_wild(series: pl.DataFrame) -> bool:
    # Nearly no series has a wild value, so one pass over its columns decides for most.
    moves = [
        (pl.col(name).cast(pl.Float64).log().diff().abs() > math.log(MOST_GROWTH)).any()
        for name in ("close", "adjusted_close")
    ]
    has_gap = pl.col("adjusted_close").is_null().any()
    return bool(series.select(pl.any_horizontal(*moves, has_gap)).item())


def _prices(series: pl.DataFrame) -> tuple[_Prices, _Prices]:
    close, adjusted = pl.col("close").cast(pl.Float64), pl.col("adjusted_close").cast(pl.Float64)
    # Without an adjusted close, the factor of the week before holds.
    factor = (adjusted / close).fill_null(strategy="forward").fill_null(strategy="backward").fill_null(1.0)
    compared = series.select(close, (close * factor).alias("adjusted_close"))
    raw, filled = ((name, series[name].to_list(), compared[name].to_list()) for name in compared.columns)
    return _Prices(*raw), _Prices(*filled)


def _is_action(factors: Sequence[float], row: int) -> bool:
    before, newest = factors[row - 1], len(factors) - 1
    if row == 1:
        return False  # a first week on a scale of its own has no history that would say so
    until = min(row + LASTS_FOR, newest)
    if any(_distance(factors[later], before) < math.log(SAME_FACTOR) for later in range(row + 1, until + 1)):
        return False
    return until < newest or _distance(factors[newest], 1.0) < _distance(before, 1.0)


def _distance(factor: float, other: float) -> float:
    return abs(math.log(factor / other))


def _wild_row(prices: _Prices, row: int) -> int:
    """Which of the two weeks of a wild return is the wild one."""
    is_last = row == len(prices.compared) - 1
    if not is_last and prices.are_near(row - 1, row + 1):
        return row
    is_back = row > 1 and prices.are_near(row - 2, row)
    return row - 1 if is_back or (row == 1 and not is_last) else row


def _words(prices: _Prices, wild: int, row: int) -> str:
    name = prices.name.replace("_", " ")
    beside, when = (row - 1, "after") if wild == row else (row, "before")
    return f"{name} {_shown(prices, wild)} {when} {_shown(prices, beside)}"


def _shown(prices: _Prices, row: int) -> str:
    printed = prices.printed[row]
    return f"{prices.compared[row]:.4f}" if printed is None else f"{printed.normalize():f}"
