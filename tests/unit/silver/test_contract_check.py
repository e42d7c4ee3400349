"""Green means arrived: a payload whose newest row, or more than a tenth of whose rows, says nothing is an error."""

import json
from collections.abc import Iterable

import pytest

from include.errors import ContractError
from include.silver.contract_check import check_arrived
from include.silver.normalize import NormalizedSeries
from tests.payloads import JSON_NAMES, Bar, bar, csv_of, moment, normalize_daily, normalize_weekly, payload_of

DAYS = [f"2024-{month:02}-05" for month in range(12, 2, -1)]  # ten, the newest first as the source has them


def payload(changes: dict[str, Bar], days: Iterable[str] = DAYS) -> NormalizedSeries:
    """Ten quiet weeks but for the changes."""
    bars = {day: bar(**changes.get(day, {})) for day in days}
    return normalize_weekly(payload_of(bars), symbol="IBM", fetched_at=moment("2025-01-06"))


def test_a_sound_answer_has_arrived() -> None:
    check_arrived(payload({}))


def test_a_tenth_of_the_rows_may_be_garbled() -> None:
    check_arrived(payload({DAYS[4]: {"close": "n/a"}}))


def test_more_than_a_tenth_may_not() -> None:
    garbled = {"close": "n/a"}
    with pytest.raises(ContractError, match=r"IBM: 2 of 10 rows .* more than a tenth \(the first: malformed close\)"):
        check_arrived(payload({DAYS[4]: garbled, DAYS[7]: garbled}))


@pytest.mark.parametrize("garbled", [{"close": "n/a"}, {"close": "0.0000"}, {"close": "None"}, {"close": "NaN"}])
def test_the_newest_row_may_not_be_garbled(garbled: Bar) -> None:
    with pytest.raises(ContractError, match=r"IBM: the newest row \(2024-12-05\)"):
        check_arrived(payload({DAYS[0]: garbled}))


def test_the_newest_row_is_the_newest_wherever_it_stands() -> None:
    with pytest.raises(ContractError, match="the newest row"):
        check_arrived(payload({DAYS[0]: {"close": ""}}, reversed(DAYS)))


@pytest.mark.parametrize("day", ["", "2024-13-05", "9999-12-31", "05/12/2024"])
def test_a_first_row_without_a_believable_date_is_the_newest(day: str) -> None:
    with pytest.raises(ContractError, match="the newest row"):
        check_arrived(payload({}, [day, *DAYS]))


def test_an_older_row_without_a_believable_date_is_one_garbled_row() -> None:
    check_arrived(payload({}, [*DAYS[:5], "2024-13-05", *DAYS[5:]]))


@pytest.mark.parametrize("days", [DAYS[:1], DAYS, ["", "yesterday"]])
def test_an_answer_without_one_good_row_has_not_arrived(days: list[str]) -> None:
    with pytest.raises(ContractError):
        check_arrived(payload({day: {"close": "0"} for day in days}, days))


def test_a_null_field_counts_for_nothing() -> None:
    unknown = {"low": "0.0000", "volume": "many", "dividend_amount": "None", "adjusted_close": "0", "open": ""}

    check_arrived(payload(dict.fromkeys(DAYS, unknown)))


def test_a_repeated_day_counts_for_nothing() -> None:
    rows = [(day, bar(close=close)) for day in DAYS for close in ("n/a", "100", "101")]

    series = normalize_weekly(csv_of(rows), symbol="IBM", fetched_at=moment("2025-01-06"))

    assert (series.rows.height, series.rejected_rows) == (10, 20)
    check_arrived(series)


def test_the_newest_part_of_a_week_is_the_newest_row() -> None:
    # The close of Tuesday is not the close of the week.
    parts = [("2024-12-27", bar(close="n/a")), ("2024-12-24", bar()), *((day, bar()) for day in DAYS)]

    with pytest.raises(ContractError, match=r"the newest row \(2024-12-27\)"):
        check_arrived(normalize_weekly(csv_of(parts), symbol="T.TO", fetched_at=moment("2025-01-06")))


def test_a_daily_answer_is_held_to_the_same() -> None:
    names = [name.replace("6.", "5.") for name in JSON_NAMES.values() if name[0] not in "57"]
    days = {"2024-01-05": dict.fromkeys(names, "x"), "2024-01-04": dict.fromkeys(names, "5")}
    body = json.dumps({"Time Series (Daily)": days}).encode()
    series = normalize_daily(body, symbol="IBM", fetched_at=moment("2024-01-08"))

    with pytest.raises(ContractError, match=r"the newest row \(2024-01-05\)"):
        check_arrived(series)
