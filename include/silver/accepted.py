"""Weeks that a person accepted: whether a series still has the values that were accepted."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from include.bronze.decisions import AcceptedWeek
from include.silver.actions.growth import ROUNDING

FLOAT_NOISE = 1e-9
Accepted = Mapping[date, AcceptedWeek]


def find_accepted(series: pl.DataFrame, accepted: Accepted) -> frozenset[date]:
    """Those of the accepted weeks that still have the values they were accepted with.

    The raw close is the same. The adjusted close is the same beside its neighbour's, for dividends and splits restate
    both alike.
    Shape:  series (n, week_ending, close, adjusted_close, …).
    """
    if not accepted:
        return frozenset()
    weeks = {*accepted, *(week.beside for week in accepted.values() if week.beside)}
    named = series.filter(pl.col("week_ending").is_in(list(weeks)))
    values = _values_by_week(named)
    return frozenset(week for week, decision in accepted.items() if week in values and _is_same(decision, values))


def describe_week(series: pl.DataFrame, week_ending: date) -> AcceptedWeek | None:
    """A week as a decision accepts it; None where the series has no such week."""
    values = _values_by_week(series)
    if week_ending not in values:
        return None
    close, adjusted = values[week_ending]
    known = [week for week, (_, price) in values.items() if price is not None and week != week_ending]
    # The week before, or the next where there is none.
    beside = max((week for week in known if week < week_ending), default=min(known, default=None))
    if adjusted is None or beside is None:
        return AcceptedWeek(week_ending, close, adjusted)
    return AcceptedWeek(week_ending, close, adjusted, beside, values[beside][1])


def add_is_accepted(series: pl.DataFrame, accepted: Accepted) -> pl.DataFrame:
    """Flag the weeks that a person accepted.

    Shape:  (n, week_ending, close, adjusted_close, …) -> the same and is_accepted.
    """
    weeks = list(find_accepted(series, accepted))
    return series.with_columns(pl.col("week_ending").is_in(weeks).alias("is_accepted"))


def _values_by_week(series: pl.DataFrame) -> dict[date, tuple[Decimal, Decimal | None]]:
    rows = series.select("week_ending", "close", "adjusted_close").iter_rows()
    return {week: (close, adjusted) for week, close, adjusted in rows}


def _is_same(accepted: AcceptedWeek, values: Mapping[date, tuple[Decimal, Decimal | None]]) -> bool:
    close, adjusted = values[accepted.week_ending]
    if close != accepted.close or (adjusted is None) != (accepted.adjusted_close is None):
        return False
    if adjusted is None or accepted.adjusted_close is None:
        return True
    if accepted.beside is None or accepted.other_adjusted is None:
        return adjusted == accepted.adjusted_close
    other = values.get(accepted.beside, (None, None))[1]
    if other is None:
        return False
    prices = [float(price) for price in (adjusted, accepted.other_adjusted, other, accepted.adjusted_close)]
    restated = prices[0] * prices[1] / (prices[2] * prices[3])
    return abs(restated - 1) <= sum(ROUNDING / price for price in prices) + FLOAT_NOISE
