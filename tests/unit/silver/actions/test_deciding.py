"""What a list of splits or dividends decides, on weeks that can be checked in the head."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from include.silver.actions.infer import add_corporate_actions
from include.silver.actions.listed import NO_LISTS, Lists, add_listed
from include.silver.actions.record import ACTIONS, NOT_RECORDED
from include.silver.datasets.dividends import DATASET as DIVIDENDS
from include.silver.datasets.splits import DATASET as SPLITS
from include.silver.lists import lists_of
from include.silver.quarantine import Evidence
from include.silver.schema import EXACT
from include.silver.stored_weeks import no_stored_weeks
from tests.captures.folders import INVENTED, WEEKLY, each_capture, needs_real_captures, read_capture, weekly_capture
from tests.payloads import Bar, bar, moment, normalize, normalize_weekly, payload_of

FIRST = date(2020, 1, 3)
AT = datetime(2026, 5, 16, 12, tzinfo=UTC)
LATER = date(2024, 1, 6)  # the lists came years after the weeks
SECOND = date(2020, 1, 8)  # a Wednesday of the second week


def split(day: date, factor: str, to: int | None = None, of: int | None = None) -> Lists:
    columns = {"ex_date": [day], "split_to": [to], "split_from": [of], "listed_factor": [Decimal(factor)]}
    schema = {"ex_date": pl.Date, "split_to": pl.Int64, "split_from": pl.Int64, "listed_factor": EXACT}
    return Lists(pl.DataFrame(columns, schema=schema), LATER)


def dividend(day: date, amount: str) -> Lists:
    schema = {"ex_date": pl.Date, "amount": EXACT}
    return Lists(dividends=pl.DataFrame({"ex_date": [day], "amount": [Decimal(amount)]}, schema=schema))


SILENT = Lists(splits_at=LATER)


def second(*bars: Bar, lists: Lists = NO_LISTS) -> dict[str, object]:
    """The second of some weeks, after what is listed."""
    days = {str(FIRST + timedelta(weeks=number)): fields for number, fields in enumerate(bars)}
    rows = normalize_weekly(payload_of(days), symbol="IBM", fetched_at=moment("2024-01-06")).rows
    fresh = [pl.lit(value=False).alias("is_retained"), pl.lit(None, EXACT).alias("received_adjusted_close")]
    merged = add_listed(rows.with_columns(*fresh, *NOT_RECORDED), lists)
    return add_corporate_actions(merged).row(1, named=True)


def read(week: dict[str, object]) -> tuple[object, ...]:
    """Split, other factor, total return, dividend, and whether it is unsure."""
    return (
        (week["split_to"], week["split_from"]),
        week["other_factor"],
        week["total_return_factor"],
        float(str(week["dividend_per_share"])),
        week["is_action_unsure"],
    )


def priced(close: str, adjusted: str, **changes: object) -> Bar:
    return bar(open=close, high=close, low=close, close=close, adjusted_close=adjusted) | changes


# The close halves, the adjusted one with it: the market, or a split that nobody adjusted for.
HALVED = (priced("100", "100"), priced("50", "50"), priced("50", "50"))
# The factor doubles, but the close stays: a split of which the close knows nothing.
FACTOR_ALONE = (priced("100", "50"), priced("100", "100"), priced("100", "100"))
# A penny stock: 0.0002 to 0.0003 fits 3:2 and much else.
COARSE = (priced("2", "0.0002"), priced("2", "0.0003"), priced("2", "0.0003"))


def test_without_lists_a_large_move_is_unsure() -> None:
    assert read(second(*HALVED)) == ((1, 1), 1, 1, 0, True)


def test_a_silent_list_says_that_a_large_move_was_the_market() -> None:
    week = second(*HALVED, lists=SILENT)

    assert read(week) == ((1, 1), 1, 1, 0, False)
    assert not week["is_action_listed"]


def test_a_listed_split_of_a_series_that_was_never_adjusted_is_one() -> None:
    week = second(*HALVED, lists=split(SECOND, "2", 2, 1))

    assert read(week) == ((2, 1), 1, 2, 0, False)
    assert week["is_action_listed"], "the adjusted closes do not show it"


def test_a_list_that_came_in_the_week_after_decides_nothing_by_its_silence() -> None:
    assert second(*HALVED, lists=Lists(splits_at=date(2020, 1, 16)))["is_action_unsure"]
    assert not second(*HALVED, lists=Lists(splits_at=date(2020, 1, 17)))["is_action_unsure"]


def test_a_split_of_another_week_decides_nothing() -> None:
    assert read(second(*HALVED, lists=split(date(2020, 1, 13), "2", 2, 1))) == ((1, 1), 1, 1, 0, False)


@pytest.mark.parametrize("day", ["2020-01-06", "2020-01-12"])
def test_a_week_is_its_days_from_monday_to_sunday(day: str) -> None:
    assert read(second(*HALVED, lists=split(date.fromisoformat(day), "2", 2, 1)))[0] == (2, 1)


def test_a_factor_without_a_move_is_a_split_if_it_is_listed_and_else_none() -> None:
    assert read(second(*FACTOR_ALONE)) == ((1, 1), 1, 1, 0, True)
    assert read(second(*FACTOR_ALONE, lists=split(SECOND, "2", 2, 1))) == ((2, 1), 1, 2, 0, False)
    silent = second(*FACTOR_ALONE, lists=SILENT)
    assert read(silent) == ((1, 1), 1, 1, 0, False)
    assert silent["is_action_listed"]


def test_a_coarse_growth_is_the_listed_ratio() -> None:
    assert read(second(*COARSE, lists=split(SECOND, "1.4", 7, 5)))[0] == (7, 5)
    assert not second(*COARSE, lists=split(SECOND, "1.4", 7, 5))["is_action_unsure"]


def test_a_listed_factor_of_no_family_is_an_other_factor() -> None:
    # 104.60 to 100.00 with a factor of 1.046: a spin-off, seen in both.
    spun = (priced("104.6", "100"), priced("100", "100"), priced("100", "100"))

    assert read(second(*spun, lists=split(SECOND, "1.0460"))) == ((1, 1), 1.046, 1.046, 0, False)


def test_a_sure_split_stays_whatever_is_listed() -> None:
    halved = (priced("100", "50"), priced("50", "50"), priced("50", "50"))

    assert read(second(*halved, lists=split(SECOND, "3", 3, 1))) == ((2, 1), 1, 2, 0, False)
    assert read(second(*halved, lists=SILENT)) == ((2, 1), 1, 2, 0, False)


def test_a_listed_split_that_no_close_shows_is_none() -> None:
    still = (priced("100", "100"), priced("100", "100"), priced("100", "100"))

    assert read(second(*still, lists=split(SECOND, "2", 2, 1))) == ((1, 1), 1, 1, 0, False)


def test_a_listed_dividend_confirms_one_that_the_source_has_not_adjusted_for() -> None:
    paid = (priced("100", "100"), priced("100", "100", dividend_amount="2"))

    assert read(second(*paid)) == ((1, 1), 1, 1.02, 2, True)
    assert read(second(*paid, lists=dividend(SECOND, "2"))) == ((1, 1), 1, 1.02, 2, False)
    assert read(second(*paid, lists=dividend(SECOND, "3"))) == ((1, 1), 1, 1.02, 2, True)


def test_a_listed_dividend_mends_a_typing_error_that_the_factor_does_not_fit() -> None:
    # The factor grew by 2 %: two dollars at 100, and 3.00 is a slip.
    paid = (priced("100", "98.0392"), priced("100", "100", dividend_amount="3"))

    assert read(second(*paid))[3:] == (3, True)
    assert read(second(*paid, lists=dividend(SECOND, "2")))[3:] == (2, False)


def test_a_distribution_that_the_splits_list_is_sure() -> None:
    # A spin-off worth 30 beside 70, sent as a dividend and listed with a factor.
    spun = (priced("100", "70"), priced("70", "70", dividend_amount="30"), priced("70", "70"))

    assert second(*spun)["is_action_unsure"]
    assert not second(*spun, lists=split(SECOND, "1.4286"))["is_action_unsure"]


def test_a_week_without_an_adjusted_close_is_sure_once_no_split_is_listed_in_it() -> None:
    unknown = (priced("100", "100"), priced("100", "0"), priced("100", "100"))

    assert second(*unknown)["is_action_unsure"]
    assert not second(*unknown, lists=SILENT)["is_action_unsure"]
    assert second(*unknown, lists=split(SECOND, "2", 2, 1))["is_action_unsure"]


DECIDED = [name for name in ACTIONS if not name.startswith("factor_")]


def inferred(name: str, lists: Lists) -> pl.DataFrame:
    body, symbol, at = weekly_capture(name)
    payload = normalize_weekly(body, symbol=symbol, fetched_at=at)
    return Evidence(payload, no_stored_weeks(), lists=lists).weeks.select("week_ending", *DECIDED)


@needs_real_captures
@pytest.mark.parametrize("name", ["IBM_20220211.json", "IBM_20240415.json"])
def test_the_captured_lists_of_ibm_confirm_every_captured_week(name: str) -> None:
    lists = [
        normalize(dataset, read_capture("CORPORATE_ACTIONS", f"{function}_IBM.json"), symbol="IBM", fetched_at=AT)
        for dataset, function in ((SPLITS, "SPLITS"), (DIVIDENDS, "DIVIDENDS"))
    ]

    weeks = inferred(name, lists_of(*lists))

    assert weeks.equals(inferred(name, NO_LISTS))
    spun_off = weeks.filter(week_ending=date(2021, 11, 5))
    assert spun_off.select("other_factor", "is_action_unsure", "is_action_listed").row(0) == (1.046, False, False)
    paid = weeks.filter(pl.col("dividend_per_share") > 0).select(
        "week_ending", pl.col("dividend_per_share").cast(EXACT)
    )
    ended = pl.col("ex_date") + pl.duration(days=5 - pl.col("ex_date").dt.weekday())
    listed = lists[1].rows.select(ended.alias("week_ending"), pl.col("amount").cast(EXACT))
    assert paid.height > 80
    assert paid.rows() == listed.filter(pl.col("week_ending").is_in(paid["week_ending"].implode())).rows()


@pytest.mark.parametrize("name", each_capture(path.name for path in INVENTED.glob(f"{WEEKLY}/*")))
def test_a_silent_list_changes_no_week_that_is_sure(name: str) -> None:
    alone, decided = inferred(name, NO_LISTS), inferred(name, SILENT)
    is_sure = ~alone["is_action_unsure"]

    assert is_sure.any()
    assert decided.filter(is_sure).equals(alone.filter(is_sure))
