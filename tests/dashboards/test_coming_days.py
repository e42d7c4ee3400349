"""The plan of the coming days."""

from datetime import UTC, date, datetime

from include.alpha_vantage.planner import SeriesState
from include.serving.coming_days import plan_days
from include.silver.datasets import dataset_names

SATURDAY = datetime(2013, 3, 2, 12, tzinfo=UTC)


def plan(
    symbols: list[str], *, states: dict[str, SeriesState], days: int, left: int, per_day: int
) -> list[tuple[object, ...]]:
    every = dict.fromkeys(dataset_names(), states)
    return plan_days(symbols, every, now=SATURDAY, days=days, left=left, per_day=per_day).rows()


def test_what_is_beyond_the_budget_goes_on_the_next_day() -> None:
    rows = plan(["AAPL", "IBM"], states={}, days=3, left=3, per_day=4)

    # Weekly prices, company facts, splits, dividends, daily prices, and what is deferred.
    assert rows == [
        (date(2013, 3, 2), 2, 1, 0, 0, 0, 7),
        (date(2013, 3, 3), 0, 1, 2, 1, 0, 3),
        (date(2013, 3, 4), 0, 0, 0, 1, 2, 0),
    ]


def test_a_week_is_asked_for_once_it_has_closed() -> None:
    current = {"IBM": SeriesState(answered_at=SATURDAY, asked_at=SATURDAY)}
    weekly = [row[1] for row in plan(["IBM"], states=current, days=8, left=9, per_day=9)]

    assert weekly == [0, 0, 0, 0, 0, 0, 0, 1]
