"""Every captured week's action against the one that is computed from the same bytes without a line of this package."""

from collections import Counter
from datetime import date

import polars as pl
import pytest

from include.silver.actions.infer import add_corporate_actions
from include.silver.actions.record import NOT_RECORDED
from include.silver.schema import EXACT
from tests.captures.folders import captures_of, each_capture, needs_real_captures, weekly_capture
from tests.payloads import normalize_weekly
from tests.reference.captured import captured_stock

COUNTED = ("dividend_per_share", "distribution_per_share", "split_to", "split_from", "other_factor")
INVENTED = ["FROST.TO_20220826.json", "MELT_20220520.json", "POLE_20220701.json", "POLE_20220928.json"]
INVENTED += ["POLE_20221104.csv"]


def actions_of(name: str, **adjusted: pl.Expr) -> pl.DataFrame:
    """The weeks of a captured payload, with what happened in them; with an `adjusted_close` of another source."""
    body, symbol, at = weekly_capture(name)
    rows = normalize_weekly(body, symbol=symbol, fetched_at=at).rows.with_columns(**adjusted)
    fresh = [pl.lit(value=False).alias("is_retained"), pl.lit(None, EXACT).alias("received_adjusted_close")]
    return add_corporate_actions(rows.with_columns(*fresh, *NOT_RECORDED))


def assert_as_reference(name: str) -> None:
    exact = ["split_to", "split_from", "unit_factor", "is_action_unsure", "is_factor_coarse", "is_mixed_scale"]
    found = actions_of(name)
    stock = captured_stock(name)

    assert found.select("week_ending", *exact).rows() == [
        (week.week_ending, *(getattr(week, column) for column in exact)) for week in stock.weeks
    ]
    for column, other in {
        "other_factor": "other_factor",
        "total_return_factor": "h",
        "dividend_per_share": "dividend_per_share",
        "special_dividend_per_share": "special_per_share",
        "distribution_per_share": "distribution_per_share",
    }.items():
        expected = [float(getattr(week, other)) for week in stock.weeks]
        assert found[column].cast(pl.Float64).to_list() == pytest.approx(expected, rel=1e-9, abs=1e-9), column


@pytest.mark.parametrize("name", each_capture(INVENTED))
def test_the_actions_of_an_invented_capture_are_those_of_the_reference(name: str) -> None:
    assert_as_reference(name)


@pytest.mark.slow("computes 23,000 weeks a second time, in exact fractions")
@needs_real_captures
def test_the_actions_of_every_real_capture_are_those_of_the_reference() -> None:
    names = [path.name for path in captures_of("TIME_SERIES_WEEKLY_ADJUSTED") if path.name not in INVENTED]

    assert len(names) == 22
    for name in names:
        assert_as_reference(name)


@needs_real_captures
def test_the_counts_are_those_of_the_definitions() -> None:
    weeks = pl.concat(
        actions_of(path.name).filter(pl.col("factor_growth").is_not_null()).select("symbol", "week_ending", *COUNTED)
        for path in captures_of("TIME_SERIES_WEEKLY_ADJUSTED")
        if path.name not in INVENTED
    )
    paid, distributed = (pl.col(f"{name}_per_share") > 0 for name in ("dividend", "distribution"))
    is_split = pl.col("split_to") != pl.col("split_from")
    has_factor = (pl.col("other_factor") != 1) & ~distributed
    kinds = Counter(weeks.select(paid, distributed, is_split, has_factor).rows())

    assert kinds == {
        (False, False, False, False): 22_101,
        (True, False, False, False): 1_206,
        (False, True, False, False): 3,
        (False, False, True, False): 29,
        (True, False, True, False): 3,  # a split and a dividend in one week
        (False, False, False, True): 6,
    }
    others = weeks.filter(has_factor).select("symbol", "other_factor").unique().rows()
    assert others == [("IBM", 1.046)]


@needs_real_captures
def test_dividends_in_todays_shares_are_read_in_those_of_their_day() -> None:
    paid = actions_of("T.TO_20230224.json").filter(pl.col("dividend_per_share") > 0)
    times = (paid["dividend_per_share"].cast(pl.Float64) / paid["dividend_amount"].cast(pl.Float64)).round(6)

    assert Counter(times) == {4: 33, 2: 28, 1: 11}


@needs_real_captures
def test_a_source_that_adjusts_for_no_dividend_makes_ibm_grow_no_less() -> None:
    before_the_spin_off = pl.col("week_ending") < date(2021, 11, 5)
    by_factor = pl.when(before_the_spin_off).then((pl.col("close") / 1.046).round(4)).otherwise("close").cast(EXACT)
    right = actions_of("IBM_20251107.csv").sort("week_ending")
    found = actions_of("IBM_20251107.csv", adjusted_close=by_factor).sort("week_ending")
    prices = found["close"].cast(pl.Float64)
    grown = prices[-1] / prices[0]

    assert round(right["total_return_factor"][1:].product() * grown, 2) == 6.43
    assert round(found["total_return_factor"][1:].product() * grown, 2) == 6.43
    assert round(found["other_factor"][1:].product() * grown, 2) == 3.34  # as if each factor were below 1
    assert found["dividend_per_share"].to_list() == right["dividend_per_share"].to_list()
    # Each but that of the first week, which has no growth.
    assert found["is_action_unsure"].sum() == right.filter(pl.col("dividend_per_share") > 0).height - 1 == 103
