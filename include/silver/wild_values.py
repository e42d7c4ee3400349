"""Finds wild values: prices more than 51 times as high as the week before, or as low, in a series with a new payload.

Both values of a week are looked at. The adjusted close moves as the total return does, which is compared in its place.
The raw close may also move by an action that adjusted over raw shows; but such an action lasts, and the newest weeks
are adjusted for nothing. Another unit explains both.
Only returns of exactly one week are judged: after a gap nobody can say what is wild.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import polars as pl

from include.silver.actions.growth import ROUNDING

MOST_GROWTH = 51.0  # times in one week; dbt's var largest_weekly_growth says the same, and a test compares them
WEEK = timedelta(weeks=1)
# An action that is taken back within a quarter, or that leads away from the newest prices, was a wrong print.
LASTS_FOR = 13
SAME_FACTOR = 1.3


@dataclass(frozen=True)
class WildValue:
    """The week of a wild value, and the value beside its neighbour's.

    Several weeks in a row can be wild: `week_ending` is the one beside a sound week, `last_week` the last of them.
    """

    week_ending: date
    last_week: date
    value: str


@dataclass(frozen=True)
class _Prices:
    """A column of prices; where it is null, what stands for it in the comparison."""

    name: str
    printed: Sequence[Decimal | None]
    compared: Sequence[float]

    @cached_property
    def jumps(self) -> list[int]:
        """The rows whose price is beyond the bound of the row before, however both were rounded."""
        return [row for row in range(1, len(self.compared)) if self._is_jump(row)]

    def wild_side(self, row: int) -> tuple[int, int]:
        """Which side of a jump is wild: the row there that is beside the jump, and the last row that is wild with it.

        A side reaches to the next jump. Where prices return to the level before, what lies between is wild; otherwise
        the shorter side is, or the later of two equal ones. If that side reaches the newest row, only its first row is
        wild: the new level may be another unit.
        """
        starts = [0, *self.jumps, len(self.compared)]
        position = starts.index(row)
        first, end = starts[position - 1], starts[position + 1]
        comes_back = end < len(self.compared) and self._are_near(row - 1, end)
        came_back = first > 0 and self._are_near(first - 1, row)
        is_before_wild = came_back and not comes_back
        if came_back == comes_back:
            is_before_wild = row - first < end - row
        if is_before_wild:
            return row - 1, row - 1
        return row, row if end == len(self.compared) else end - 1

    def _is_jump(self, row: int) -> bool:
        low, high = sorted((self.compared[row - 1], self.compared[row]))
        return (high - ROUNDING) > MOST_GROWTH * (low + ROUNDING)

    def _are_near(self, one: int, other: int) -> bool:
        low, high = sorted((self.compared[one], self.compared[other]))
        return high <= MOST_GROWTH * low


def find_wild_values(series: pl.DataFrame) -> list[WildValue]:
    """Find the weeks whose value a payload would make wild, oldest first.

    Returns between two retained weeks were judged when they came; both that touch an accepted week are believed.
    Shape:  series (n, week_ending, close, adjusted_close, ACTIONS, is_retained, is_accepted, …) sorted by week_ending.
    """
    if not _may_be_wild(series):
        return []
    weeks: list[date] = series["week_ending"].to_list()
    is_retained: list[bool] = series["is_retained"].to_list()
    is_accepted: list[bool] = series["is_accepted"].to_list()
    raw, adjusted = _prices(series)
    factors = [a / c for a, c in zip(adjusted.compared, raw.compared, strict=True)]
    has_other_unit = (series["unit_factor"] != 1).to_list()
    adjusted_jumps = adjusted.jumps
    # A raw close may also move by an action. Where both closes jump, the adjusted one is reported.
    explained = {row for row in raw.jumps if has_other_unit[row] or _is_action(factors, row)}
    raw_jumps = [row for row in raw.jumps if row not in adjusted_jumps and row not in explained]
    found: dict[date, WildValue] = {}
    for prices, jumps in ((adjusted, adjusted_jumps), (raw, raw_jumps)):
        for row in jumps:
            is_judged = weeks[row] - weeks[row - 1] == WEEK and not (is_retained[row] and is_retained[row - 1])
            if not is_judged or is_accepted[row] or is_accepted[row - 1]:
                continue
            wild, last = prices.wild_side(row)
            found.setdefault(weeks[wild], WildValue(weeks[wild], weeks[last], _words(prices, wild, row)))
    return [found[week] for week in sorted(found)]


def _may_be_wild(series: pl.DataFrame) -> bool:
    # Nearly no series has a wild value, so one pass over its columns decides for most.
    move = pl.col("close").cast(pl.Float64).log().diff()
    moves = (move, move + pl.col("total_return_factor").log())
    return bool(series.select(pl.any_horizontal((each.abs() > math.log(MOST_GROWTH)).any() for each in moves)).item())


def _prices(series: pl.DataFrame) -> tuple[_Prices, _Prices]:
    close = pl.col("close").cast(pl.Float64)
    adjusted = pl.col("adjusted_close", "inferred_adjusted_close").cast(pl.Float64)
    # On the level of the newest adjusted close, so that the source's rounding is as large as there.
    growth = pl.col("total_return_factor").cum_prod()
    newest = (pl.coalesce(adjusted) / close / growth).last()
    compared = series.select(close, (close * growth * newest).alias("adjusted_close"))
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


def _words(prices: _Prices, wild: int, row: int) -> str:
    name = prices.name.replace("_", " ")
    beside, when = (row - 1, "after") if wild == row else (row, "before")
    return f"{name} {_shown(prices, wild)} {when} {_shown(prices, beside)}"


def _shown(prices: _Prices, row: int) -> str:
    printed = prices.printed[row]
    return f"{prices.compared[row]:.4f}" if printed is None else f"{printed.normalize():f}"
