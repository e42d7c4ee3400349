"""Days on the scale of the newest session: each case by hand, then what must hold of all."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from include.gold.bars.days import DAYS, UNLISTED, adjust_days
from include.gold.bars.events import LISTED, WEEKS, date_events

MONDAY = date(2024, 3, 4)
NO_WEEKS, NO_LISTING, ALL_LISTED = WEEKS.to_frame(), LISTED.to_frame(), UNLISTED.to_frame()


def days(*closes: float, first: date = MONDAY, without: tuple[date, ...] = (), volume: float = 1000.0) -> pl.DataFrame:
    """Sessions on weekdays, one per close; those of `without` are missing."""
    dates = [day for number in range(3 * len(closes)) if (day := first + timedelta(days=number)).weekday() < 5]
    rows = [
        {"symbol": "IBM", "trade_date": day, "open": close, "high": close, "low": close, "close": close}
        for day, close in zip(dates, closes, strict=False)
        if day not in without
    ]
    return pl.DataFrame([row | {"volume": volume} for row in rows], schema=DAYS)


def weeks(*changes: dict[str, object]) -> pl.DataFrame:
    """Weeks that end on the Fridays from 2024-03-01 on; quiet but for the changes."""
    quiet = {"split_factor": 1.0, "unit_factor": 1.0, "other_factor": 1.0, "total_return_factor": 1.0}
    quiet |= {"dividend_per_share": 0.0, "distribution_per_share": 0.0}
    rows = []
    for number, change in enumerate(({}, *changes)):
        friday = MONDAY + timedelta(days=7 * number - 3)
        rows.append({"symbol": "IBM", "week_ending": friday, "price_date": friday} | quiet | change)
    return pl.DataFrame(rows, schema=WEEKS)


def listed(*actions: tuple[str, str, float]) -> pl.DataFrame:
    """Listings by day, kind and factor or amount."""
    rows = [
        {"symbol": "IBM", "ex_date": date.fromisoformat(day), "kind": kind}
        | {"amount" if kind == "dividend" else "factor": value}
        for day, kind, value in actions
    ]
    return pl.DataFrame(rows, schema=LISTED)


def adjusted(raw: pl.DataFrame, of_weeks: pl.DataFrame = NO_WEEKS, listings: pl.DataFrame = NO_LISTING) -> pl.DataFrame:
    """The days, adjusted by what both say."""
    return adjust_days(raw, date_events(of_weeks, listings), ALL_LISTED)


def test_a_split_adjusts_the_prices_and_volumes_before_its_day():
    split = {"split_factor": 4.0, "total_return_factor": 4.0}
    found = adjusted(days(400, 404, 102, 103), weeks(split), listed(("2024-03-06", "split", 4)))

    assert found["split_adj_close"].to_list() == [100, 101, 102, 103]
    assert found["split_adj_volume"].to_list() == [4000, 4000, 1000, 1000]
    assert found["adj_close"].to_list() == [100, 101, 102, 103]
    assert found["price_factor"].to_list() == [1, 1, 4, 1]
    assert found["split_factor"].to_list() == [1, 1, 4, 1]


def test_what_neither_weeks_nor_lists_say_is_unknown():
    raw = days(100, 101, 50, 51, 52)
    unlisted = pl.DataFrame([("IBM", True, False)], schema=UNLISTED, orient="row")

    found = adjust_days(raw, date_events(NO_WEEKS, NO_LISTING), unlisted)
    assert found["is_scale_unknown"].to_list() == [True, True, False, False, False]
    assert found["split_adj_close"].to_list() == [None, None, 50, 51, 52]
    assert found["adj_close"].to_list() == [None, None, 50, 51, 52]
    assert found["total_return_factor"].to_list() == [None, None, None, 1, 1]
    assert found["scale"].to_list() == [0, 0, 1, 1, 1]

    without_dividends = unlisted.with_columns(lacks_splits=pl.lit(value=False), lacks_dividends=pl.lit(value=True))
    found = adjust_days(raw, date_events(NO_WEEKS, NO_LISTING), without_dividends)
    assert found["split_adj_close"].to_list() == raw["close"].to_list()
    assert found["adj_close"].null_count() == found["total_return_factor"].null_count() == 5
    assert found["is_action_day_unknown"].all()


def test_a_dividend_adjusts_by_the_close_of_its_ex_date():
    found = adjusted(
        days(101, 102, 100, 104),
        weeks({"dividend_per_share": 2.0, "total_return_factor": 1.0196}),
        listed(("2024-03-06", "dividend", 2)),
    )

    assert found["adj_close"].to_list() == pytest.approx([101 / 1.02, 102 / 1.02, 100, 104], rel=1e-15)
    assert found["split_adj_close"].to_list() == [101, 102, 100, 104]
    assert found["total_return_factor"].to_list() == [1, 1, 1.02, 1]
    assert found["dividend_per_share"].to_list() == [0, 0, 2, 0]


def test_a_spin_off_scales_prices_and_no_volume():
    found = adjusted(days(104.6, 100), weeks({"other_factor": 1.046}), listed(("2024-03-05", "other", 1.046)))

    assert found["split_adj_close"].to_list() == pytest.approx([100, 100])
    assert found["split_adj_volume"].to_list() == [1000, 1000]
    assert found["split_factor"].to_list() == [1, 1]


def test_a_split_of_unknown_day_leaves_no_price_where_it_may_have_happened():
    found = adjusted(days(400, 400, 400, 400, 400, 400, 100, 100, 100, 100, 100), weeks({}, {"split_factor": 4.0}, {}))

    assert found["split_adj_close"].to_list() == [100] * 5 + [None] * 4 + [100] * 2
    assert found["is_scale_unknown"].to_list() == [False] * 5 + [True] * 4 + [False] * 2
    assert found["price_factor"].to_list() == [1.0] * 5 + [None] * 5 + [1.0]
    assert found["scale"].to_list() == [0] * 9 + [1] * 2


def test_a_dividend_of_unknown_day_leaves_split_adjusted_prices():
    found = adjusted(
        days(100, 100, 100, 100, 100, 100), weeks({"dividend_per_share": 1.0, "total_return_factor": 1.01})
    )

    assert found["split_adj_close"].null_count() == 0
    assert found["adj_close"].to_list() == [None] * 4 + [100, 100]
    assert found["total_return_factor"].to_list() == [None] * 5 + [1.0]
    assert found["price_factor"].to_list() == [1.0] * 6
    assert found["scale"].unique().to_list() == [0]


def test_a_week_of_one_session_needs_no_listing():
    friday = MONDAY + timedelta(days=4)
    other_days = tuple(MONDAY + timedelta(days=number) for number in range(4))
    found = adjusted(
        pl.concat([days(400, first=MONDAY - timedelta(days=3)), days(0, 0, 0, 0, 100, without=other_days)]),
        weeks({"split_factor": 4.0}),
    )

    assert found["trade_date"].to_list() == [MONDAY - timedelta(days=3), friday]
    assert found["split_adj_close"].to_list() == [100, 100]
    assert found["price_factor"].to_list() == [1, 4]


def test_the_weekly_series_says_how_much_and_the_listing_when():
    # As T.TO: the listing is in today's shares, 0.05 for the 0.20 of that day.
    found = adjusted(days(100, 100, 100), weeks({"dividend_per_share": 0.20}), listed(("2024-03-05", "dividend", 0.05)))

    assert found["dividend_per_share"].to_list() == [0, 0.20, 0]


def test_two_dividends_of_a_week_share_its_amount():
    found = adjusted(
        days(100, 100, 100, 100),
        weeks({"dividend_per_share": 4.0, "total_return_factor": 1.04}),
        listed(("2024-03-05", "dividend", 1), ("2024-03-07", "dividend", 3)),
    )

    assert found["dividend_per_share"].to_list() == [0, 1, 0, 3]
    assert found["adj_close"].to_list() == pytest.approx([100 / 1.01 / 1.03, 100 / 1.03, 100 / 1.03, 100])


def test_a_listing_that_the_weekly_series_contradicts_is_no_action():
    found = adjusted(days(100, 100), weeks({}), listed(("2024-03-05", "split", 2), ("2024-03-05", "dividend", 1)))

    assert found["adj_close"].to_list() == [100, 100]


def test_what_the_weekly_series_does_not_reach_counts_as_listed():
    found = adjusted(days(200, 100, 100), NO_WEEKS, listed(("2024-03-05", "split", 2), ("2024-03-06", "dividend", 1)))

    assert found["split_adj_close"].to_list() == [100, 100, 100]
    assert found["adj_close"].to_list() == pytest.approx([100 / 1.01, 100 / 1.01, 100])


def test_an_action_of_a_missing_session_counts_from_the_next_one():
    tuesday = MONDAY + timedelta(days=1)
    found = adjusted(
        days(100, 0, 110, without=(tuesday,)),
        weeks({"dividend_per_share": 1.0, "total_return_factor": 1.0095, "factor_growth_low": 1.009}),
        listed(("2024-03-05", "dividend", 1)),
    )

    assert found["total_return_factor"].to_list() == [1, 1.0095]  # the close of the ex-date is not on record


def test_growth_beyond_the_bounds_of_the_week_is_that_of_the_week():
    noisy = {"dividend_per_share": 1.0, "total_return_factor": 1.013}
    bounds = {"factor_growth_low": 1.0129, "factor_growth_high": 1.0131}
    found = adjusted(days(100, 100), weeks(noisy | bounds), listed(("2024-03-05", "dividend", 1)))

    assert found["total_return_factor"].to_list() == [1, 1.013]


def test_actions_before_the_first_session_and_after_the_newest_change_nothing():
    actions = listed(("2020-01-02", "split", 2), ("2030-01-02", "split", 3), ("2019-01-02", "dividend", 3))

    assert adjusted(days(100, 101), NO_WEEKS, actions)["adj_close"].to_list() == [100, 101]


def test_an_ex_date_on_a_day_without_trade_counts_from_the_next_session():
    saturday = ("2024-03-09", "split", 2.0)
    found = adjusted(days(200, 200, 200, 200, 200, 100), NO_WEEKS, listed(saturday))

    assert found["split_adj_close"].to_list() == [100] * 6


PRICES = st.lists(st.floats(1, 1000), min_size=3, max_size=15)
ACTIONS = st.dictionaries(
    st.integers(0, 14),
    st.tuples(st.sampled_from(["split", "other", "dividend"]), st.floats(0.5, 4)),
    max_size=4,
)


@given(closes=PRICES, actions=ACTIONS)
def test_returns_follow_from_adjusted_prices(closes: list[float], actions: dict[int, tuple[str, float]]):
    raw = days(*closes)
    on = raw["trade_date"].to_list()
    listings = listed(*((on[place].isoformat(), *what) for place, what in actions.items() if place < len(on)))
    found = adjusted(raw, NO_WEEKS, listings)

    for price, factor in (("split_adj_close", "price_factor"), ("adj_close", "total_return_factor")):
        by_price = found.select(pl.col(price) / pl.col(price).shift(1)).to_series()[1:]
        by_factor = found.select(pl.col(factor) * pl.col("close") / pl.col("close").shift(1)).to_series()[1:]
        assert by_price.to_list() == pytest.approx(by_factor.to_list(), rel=1e-12)
    assert found[price][-1] == closes[-1]


def test_symbols_are_adjusted_each_for_itself():
    one = days(400, 100)
    two = one.with_columns(pl.lit("MSFT").alias("symbol"))
    split = listed(("2024-03-05", "split", 4))

    both = adjusted(pl.concat([two, one]), NO_WEEKS, split)

    alone = adjusted(one, NO_WEEKS, split)
    assert_frame_equal(both.filter(pl.col("symbol") == "IBM"), alone)
    assert both.filter(pl.col("symbol") == "MSFT")["split_adj_close"].to_list() == [400, 100]
