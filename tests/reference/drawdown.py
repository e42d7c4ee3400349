"""The deepest fall of a stock, and momentum: what its risk is read from beside volatility."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.reference.stock import Stock
from tests.reference.stock_week import StockWeek


@dataclass(frozen=True)
class MaxDrawdown:
    """From the peak to the trough and back, complete weeks only; None where it never fell or has not recovered."""

    max_drawdown_pct: float
    peak_week: date | None
    trough_week: date | None
    recovered_week: date | None


def max_drawdown(stock: Stock) -> MaxDrawdown:
    """The deepest drawdown of the total_return_index; of equal ones the first."""
    weeks = stock.complete_weeks
    trough = min(range(len(weeks)), key=lambda place: weeks[place].drawdown_pct or 0.0)
    depth = weeks[trough].drawdown_pct or 0.0
    if depth == 0:
        return MaxDrawdown(0.0, None, None, None)
    peak = _highest(weeks[:trough])
    back = (week for week in weeks[trough:] if week.total_return_index >= peak.total_return_index)
    recovered = next((week.week_ending for week in back), None)
    return MaxDrawdown(depth, peak.week_ending, weeks[trough].week_ending, recovered)


def momentum_12_1_pct(stock: Stock) -> float | None:
    """The total return from 52 to 4 weeks before the newest complete week; None if one of these is missing."""
    newest = stock.complete_weeks[-1].week_ending
    start, end = (stock.by_week.get(newest - timedelta(weeks=ago)) for ago in (52, 4))
    if start is None or end is None:
        return None
    return 100 * (end.total_return_index / start.total_return_index - 1)


def _highest(weeks: Sequence[StockWeek]) -> StockWeek:
    # Of equal peaks the last: the fall began after it.
    return max(reversed(weeks), key=lambda week: week.total_return_index)
