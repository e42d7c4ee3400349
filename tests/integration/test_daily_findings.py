"""What `validate` finds odd about the daily bars of a batch's tickers, from the payload to `ops.findings`."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from include.exchanges import NEW_YORK, sessions_between
from include.local_stack.postgres import EmbeddedPostgres
from tests.integration.lakehouse import Lakehouse, new_lakehouse
from tests.payloads import moment

DAILY = "daily_prices"
SESSIONS = sorted(sessions_between(NEW_YORK, date(2024, 2, 1), date(2024, 5, 1)))
FOUND = """
    select symbol, check_name, level, first_session, last_session, value from ops.findings
    order by symbol, check_name, first_session
"""


@pytest.fixture
def lakehouse(postgres: EmbeddedPostgres, s3_environment: dict[str, str], tmp_path: Path) -> Iterator[Lakehouse]:
    with new_lakehouse(postgres, s3_environment, tmp_path, now=moment("2024-05-02")) as made:
        yield made


def rows(**odd: dict[str, str]) -> dict[str, dict[str, str]]:
    """Quiet days, by their date; `odd` changes those of a session's number: s30."""
    quiet = {"1. open": "100", "2. high": "101", "3. low": "99", "4. close": "100", "5. volume": "1000"}
    return {f"{day}": quiet | odd.get(f"s{number}", {}) for number, day in enumerate(SESSIONS)}


def give(lakehouse: Lakehouse, symbol: str, days: dict[str, dict[str, str]]) -> None:
    body = json.dumps({"Time Series (Daily)": days})
    lakehouse.source.payloads["TIME_SERIES_DAILY", symbol] = body.encode()


def test_each_ticker_is_reported_and_a_finding_fails_nothing(lakehouse: Lakehouse) -> None:
    days = rows(s30={"5. volume": "11000"}, s40={"1. open": "0"})
    del days[f"{SESSIONS[5]}"]
    give(lakehouse, "IBM", days)
    give(lakehouse, "MSFT", rows())

    run = lakehouse.run(["IBM", "MSFT"], dataset=DAILY)

    assert run.is_green
    first, last = SESSIONS[0], SESSIONS[-1]
    assert lakehouse.ask(FOUND) == [
        ("IBM", "date_range", "info", first, last, len(SESSIONS) - 1),
        ("IBM", "gap", "unusual", SESSIONS[5], SESSIONS[5], 1),
        ("IBM", "missing_fields", "unusual", SESSIONS[40], SESSIONS[40], 1),
        ("IBM", "volume_high", "extreme", SESSIONS[30], SESSIONS[30], 11),
        ("MSFT", "date_range", "info", first, last, len(SESSIONS)),
    ]
    assert lakehouse.ask("select distinct execution_batch_id from ops.findings") == [(run.batch,)]
    assert lakehouse.ask("select words from ops.findings where check_name = 'gap'") == [
        (
            "sessions of the exchange that are missing: 1; what brings them: the next call, due with the next run "
            "after 2024-05-03 04:00 UTC, if the source has them by then: its whole history until 2024-05-01 came "
            "without them",
        )
    ]


def test_a_later_batch_replaces_the_findings_of_its_own_tickers(lakehouse: Lakehouse) -> None:
    for symbol in ("IBM", "MSFT"):
        give(lakehouse, symbol, rows(s30={"5. volume": "11000"}))
    lakehouse.run(["IBM", "MSFT"], dataset=DAILY)
    lakehouse.source.now = moment("2024-05-03")
    give(lakehouse, "IBM", rows(s30={"5. volume": "1100"}))

    later = lakehouse.run(["IBM"], dataset=DAILY, force=True)

    odd = "select symbol, check_name, execution_batch_id = '{}' from ops.findings where level <> 'info'"
    assert lakehouse.ask(odd.format(later.batch)) == [("MSFT", "volume_high", False)]


def test_a_split_is_no_finding_once_it_is_listed(lakehouse: Lakehouse) -> None:
    late = {
        f"s{number}": {"1. open": "25", "2. high": "26", "3. low": "24", "4. close": "25"} for number in range(30, 99)
    }
    unlisted = "select last_session from ops.findings where words like '%and none is listed%'"
    give(lakehouse, "IBM", rows(**late))
    lakehouse.run(["IBM"], dataset=DAILY)
    assert lakehouse.ask(unlisted) == [(SESSIONS[30],)]

    split = {"effective_date": f"{SESSIONS[30]}", "split_factor": "4.0000"}
    lakehouse.source.payloads["SPLITS", "IBM"] = json.dumps({"symbol": "IBM", "data": [split]}).encode()
    lakehouse.run(["IBM"], dataset="splits")

    assert lakehouse.ask(unlisted) == []
    assert lakehouse.ask("select count(*) from ops.findings where check_name = 'date_range'") == [(1,)]


def test_a_split_that_nobody_lists_and_a_row_that_comes_twice_are_found(lakehouse: Lakehouse) -> None:
    half = {"1. open": "50", "2. high": "51", "3. low": "49", "4. close": "50"}
    split = json.dumps(rows(**{f"s{number}": half for number in range(50, 99)}))
    twice = split[:-1] + f', "{SESSIONS[3]} 16:00": {{"4. close": "77"}}}}'
    body = f'{{"Time Series (Daily)": {twice}}}'
    lakehouse.source.payloads["TIME_SERIES_DAILY", "IBM"] = body.encode()

    assert lakehouse.run(["IBM"], dataset=DAILY).is_green

    halved = "the close went from 100.0 to 50.0, about as in a split of 2:1, and none is listed"
    assert lakehouse.ask("select check_name, value, words from ops.findings where level <> 'info' order by 1") == [
        ("duplicates", 1, "rows of the newest payload that repeat the day of another: 1"),
        ("split_without_action", 2, halved),
    ]

    lakehouse.ask(
        f"""
        insert into silver.splits (symbol, ex_date, split_to, split_from, listed_factor, bronze_key, execution_batch_id)
        values ('IBM', '{SESSIONS[50]}', 2, 1, 2, 'k', 'b') returning symbol
        """
    )
    assert lakehouse.run(["IBM"], dataset=DAILY, force=True).is_green
    assert lakehouse.ask("select check_name from ops.findings where level <> 'info'") == [("duplicates",)]


def test_a_dataset_that_nobody_examines_has_no_findings(lakehouse: Lakehouse) -> None:
    lakehouse.run(["IBM"])

    assert lakehouse.ask("select count(*) from ops.findings") == [(0,)]
