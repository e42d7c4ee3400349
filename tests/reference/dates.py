"""What a week is called: the fields of the date dimension."""

from dataclasses import dataclass
from datetime import date, timedelta

THURSDAY = timedelta(days=-1)  # of the week that ends on a Friday


@dataclass(frozen=True)
class WeekName:
    """Year, quarter and month of a week are those of its Thursday; the week number is ISO's."""

    year: int
    quarter: int
    month: int
    week_number: int
    is_quarter_end: bool
    is_year_end: bool


def name_week(week_ending: date) -> WeekName:
    """Name a week by its Friday."""
    thursday = week_ending + THURSDAY
    following = thursday + timedelta(weeks=1)
    return WeekName(
        thursday.year,
        _quarter(thursday),
        thursday.month,
        week_ending.isocalendar().week,
        _quarter(thursday) != _quarter(following),
        thursday.year != following.year,
    )


def _quarter(day: date) -> int:
    return (day.month + 2) // 3
