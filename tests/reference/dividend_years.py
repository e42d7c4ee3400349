"""Dividends by calendar year: what was paid, growth, years without a cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from tests.reference.dividends import trailing_sum
from tests.reference.habits import Payment
from tests.reference.records import ONE, ZERO

DAYS_OF_A_YEAR = 364


@dataclass(frozen=True)
class YearOfDividends:
    """What a stock paid in a calendar year, the year of the price_date.

    Units: regular and special in the shares of the newest week. `trailing` is the sum of the 52 weeks up to the year's
           last regular payment, in the shares of that week, whose product of all F is `scale`; None without a payment
           or with less than 364 days of history.
    """

    year: int
    count: int
    regular: Fraction
    special: Fraction
    trailing: Fraction | None
    scale: Fraction
    growth_pct: float | None = None
    years_without_cut: int = 0


def dividend_years(
    price_dates: Mapping[date, date], payments: Sequence[Payment], newest_scale: Fraction
) -> list[YearOfDividends]:
    """The calendar years of a stock, from its first week to its newest.

    Shape: `price_dates` by week_ending, oldest first.
    """
    first_week, *_, last_week = price_dates
    found: list[YearOfDividends] = []
    for year in range(price_dates[first_week].year, price_dates[last_week].year + 1):
        own = [each for each in payments if price_dates[each.week_ending].year == year]
        found.append(_compare(_add_up(year, own, payments, first_week, newest_scale), found[-1] if found else None))
    return found


def _add_up(
    year: int, own: Sequence[Payment], payments: Sequence[Payment], first_week: date, newest_scale: Fraction
) -> YearOfDividends:
    regular = [each for each in own if each.regular]
    trailing, scale = None, ONE
    if regular:
        last, scale = regular[-1].week_ending, regular[-1].scale
        if (last - first_week).days >= DAYS_OF_A_YEAR:
            trailing = trailing_sum(last, scale, payments)
    today = [each.in_shares_of(newest_scale) for each in own]
    return YearOfDividends(
        year,
        len(regular),
        sum((each.regular for each in today), ZERO),
        sum((each.special for each in today), ZERO),
        trailing,
        scale,
    )


def _compare(own: YearOfDividends, before: YearOfDividends | None) -> YearOfDividends:
    if before is None or own.trailing is None or before.trailing is None:
        return own
    growth = own.trailing / (before.trailing * before.scale / own.scale)
    years = before.years_without_cut + 1 if growth >= 1 else 0
    return replace(own, growth_pct=float(100 * (growth - 1)), years_without_cut=years)
