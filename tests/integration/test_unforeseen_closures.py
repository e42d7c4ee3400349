"""What is open is closed by a later payload: a week that no calendar calls over on Wednesday, for one call more."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from include import steps
from include.bronze.store import open_store
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import PROJECT_ROOT
from tests.integration.lakehouse import Lakehouse, new_lakehouse
from tests.payloads import bar, payload_of

WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
DAILY = "TIME_SERIES_DAILY"
TENCENT = "0700.HK"
SATURDAY = datetime(2023, 9, 2, 9, tzinfo=UTC)  # a typhoon had closed Hong Kong on Friday
CASE = PROJECT_ROOT.parent / "shared" / "cases" / "hong_kong_typhoon_friday__0700.HKG.json"
WEEKS = ["2023-08-31", "2023-08-25", "2023-08-18"]


@pytest.fixture
def lakehouse(postgres: EmbeddedPostgres, s3_environment: dict[str, str], tmp_path: Path) -> Iterator[Lakehouse]:
    environment = {"STOCKLAKE_HOME": str(tmp_path), "STOCK_SYMBOLS": TENCENT} | s3_environment
    with new_lakehouse(postgres, environment, tmp_path, now=SATURDAY) as made:
        made.source.payloads[WEEKLY, TENCENT] = payload_of(dict.fromkeys(WEEKS, bar()), TENCENT)
        yield made


def open_weeks(lakehouse: Lakehouse) -> list[tuple[object, ...]]:
    return lakehouse.ask("select week_ending from silver.weekly_adjusted_prices where not is_complete_week")


def run_on(
    lakehouse: Lakehouse, day: datetime, symbol: str = TENCENT, *, dataset: str = "weekly_adjusted_prices"
) -> int:
    """Run on a day; how many calls that took."""
    lakehouse.source.now = day
    before = lakehouse.source.calls.total()
    assert lakehouse.run([symbol], dataset=dataset).is_green
    return lakehouse.source.calls.total() - before


def test_a_typhoon_week_is_closed_by_one_call_on_wednesday(lakehouse: Lakehouse) -> None:
    assert [run_on(lakehouse, SATURDAY + timedelta(days=day)) for day in range(4)] == [1, 0, 0, 0]
    assert open_weeks(lakehouse) == [(date(2023, 9, 1),)]

    days = ["2023-09-05", *WEEKS]
    lakehouse.source.payloads[WEEKLY, TENCENT] = payload_of(dict.fromkeys(days, bar()), TENCENT)
    calls = [run_on(lakehouse, SATURDAY + timedelta(days=day)) for day in (4, 5, 6)]

    assert calls == [1, 0, 0]
    assert open_weeks(lakehouse) == [(date(2023, 9, 8),)]


def test_a_payload_of_wednesday_closes_its_own_newest_week(lakehouse: Lakehouse) -> None:
    run_on(lakehouse, SATURDAY + timedelta(days=4))

    assert open_weeks(lakehouse) == []


@pytest.mark.skipif(not CASE.is_file(), reason=f"the small payload is not at {CASE}")
def test_the_case_of_a_typhoon_is_complete_on_wednesday_with_the_price_of_thursday(lakehouse: Lakehouse) -> None:
    symbol = CASE.stem.rpartition("__")[2]
    lakehouse.source.payloads[WEEKLY, symbol] = CASE.read_bytes()
    calls = [run_on(lakehouse, SATURDAY + timedelta(days=day), symbol) for day in range(4)]
    assert open_weeks(lakehouse) == [(date(2023, 9, 1),)]

    calls += [run_on(lakehouse, SATURDAY + timedelta(days=day), symbol) for day in (4, 5, 6)]

    assert open_weeks(lakehouse) == []
    newest = "select price_date, close from silver.weekly_adjusted_prices order by week_ending desc limit 1"
    assert lakehouse.ask(newest) == [(date(2023, 8, 31), Decimal("324.6"))]
    assert calls == [1, 0, 0, 0, 1, 0, 0]  # a usual week's, and Wednesday's


def test_the_payload_of_friday_evening_closes_its_week_when_it_comes_again_on_saturday(lakehouse: Lakehouse) -> None:
    lakehouse.source.payloads[WEEKLY, "IBM"] = payload_of(dict.fromkeys(["2023-09-01", *WEEKS[1:]], bar()))
    evening = datetime(2023, 9, 1, 21, tzinfo=UTC)  # the market has closed, its day is not over

    assert run_on(lakehouse, evening, "IBM") == 1
    assert open_weeks(lakehouse) == [(date(2023, 9, 1),)]
    assert [run_on(lakehouse, SATURDAY + timedelta(days=day), "IBM") for day in range(3)] == [1, 0, 0]
    assert open_weeks(lakehouse) == []
    assert steps.replay("replay_bronze:closed")["rows_changed"] == 0


def test_the_payload_of_friday_evening_closes_its_day_when_it_comes_again_on_saturday(lakehouse: Lakehouse) -> None:
    names = ("1. open", "2. high", "3. low", "4. close", "5. volume")
    days = {day: dict.fromkeys(names, "5") for day in ("2023-08-25", "2023-08-24")}
    lakehouse.source.payloads[DAILY, TENCENT] = json.dumps({"Time Series (Daily)": days}).encode()
    evening = datetime(2023, 8, 25, 9, tzinfo=UTC)  # the market has closed, its day is not over; it is the last one
    open_days = "select trade_date from silver.daily_prices where not is_complete_day"

    def run_after(days: int) -> int:
        return run_on(lakehouse, evening + timedelta(days=days), dataset="daily_prices")

    assert run_after(0) == 1
    assert lakehouse.ask(open_days) == [(date(2023, 8, 25),)]
    assert [run_after(day) for day in (1, 2, 3, 4, 5)] == [1, 0, 0, 1, 1]  # a day after each session
    assert lakehouse.ask(open_days) == []
    assert [key.fetched_at for key in open_store().list_keys(DAILY)] == [evening, evening + timedelta(days=1)]
    assert steps.replay("replay_bronze:closed")["rows_changed"] == 0
