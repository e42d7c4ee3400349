"""Small payloads that failed elsewhere, each beside a sound ticker: what is odd about them harms nothing else."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from include import steps
from include.bronze.store import open_store
from include.errors import StocklakeError
from include.settings import PROJECT_ROOT
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.connection import connect
from tests.payloads import bar, payload_of

WEEKLY = "weekly_adjusted_prices"
CASES = PROJECT_ROOT.parent / "shared" / "cases"
SUNDAY = datetime(2024, 6, 2, 12, tzinfo=UTC)  # after all weeks of the payloads
WEEKS = [date(2024, 4, 26) + timedelta(weeks=number) for number in range(5)]
pytestmark = pytest.mark.usefixtures("shared_market")
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"the small payloads are not at {CASES}")


def feed(symbol: str, payloads: Sequence[bytes]) -> list[StocklakeError | None]:
    """Put each payload into the lake beside one of a sound ticker and normalise both; the errors of the odd one."""
    errors: list[StocklakeError | None] = []
    for number, body in enumerate(payloads):
        at, batch = SUNDAY + number * timedelta(days=1), f"test:{number}"
        sound = payload_of({str(week): bar() for week in WEEKS[: 3 + number]}, "SOUND")
        for ticker, payload in ((symbol, body), ("SOUND", sound)):
            open_store().write_payload(WEEKLY_ADJUSTED.name, ticker, payload, fetched_at=at)
            with connect() as connection:
                connection.execute(
                    "insert into ops.ticker_runs (execution_batch_id, function, symbol, status)"
                    " values (%s, %s, %s, 'fetched')",
                    (batch, WEEKLY_ADJUSTED.name, ticker),
                )
        error: StocklakeError | None = None
        try:
            steps.normalize(WEEKLY, [symbol, "SOUND"], batch)  # of one group, so that one task carries both
        except StocklakeError as found:
            error = found
        errors.append(error)
    return errors


def held(symbol: str) -> list[date]:
    with connect() as connection:
        query = "select week_ending from silver.weekly_adjusted_prices where symbol = %s order by 1"
        return [week for (week,) in connection.execute(query, (symbol,))]


RESTATED = ["raw_closes_restated_by_split_1__RAW7.BRU", "raw_closes_restated_by_split_2__RAW7.BRU"]


@needs_cases
@pytest.mark.parametrize(
    ("symbol", "names"),
    [
        ("GLITCH", ["glitch_adjusted_close__GLITCH"]),
        ("UNIT.LON", ["unit_switch_pence_to_pounds__UNIT.LON"]),
        ("SDIV5", ["stock_dividend_5_percent__SDIV5"]),
        ("RAW7.BRU", RESTATED),
        ("0700.HKG", ["hong_kong_typhoon_friday__0700.HKG"]),
    ],
)
def test_a_case_is_taken_and_harms_no_other_ticker(symbol: str, names: list[str]) -> None:
    errors = feed(symbol, [(CASES / f"{name}.json").read_bytes() for name in names])

    assert errors == [None] * len(names)
    assert held("SOUND") == WEEKS[: 2 + len(names)]
    assert held(symbol)


def actions(symbol: str, *columns: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        query = f"select {', '.join(columns)} from silver.weekly_adjusted_prices where symbol = %s order by week_ending"
        return connection.execute(query.encode(), (symbol,)).fetchall()


RETURN = "round(100 * (total_return_factor * close / lag(close) over (order by week_ending) - 1), 2)::float8"


@needs_cases
def test_the_case_of_an_adjusted_close_that_comes_back() -> None:
    feed("GLITCH", [(CASES / "glitch_adjusted_close__GLITCH.json").read_bytes()])

    columns = ("adjusted_close::float8", "inferred_adjusted_close::float8", "is_factor_returning", "is_action_unsure")
    assert actions("GLITCH", *columns, RETURN) == [
        (15.1, None, False, False, None),
        (245397, 15.2, True, True, 0.66),  # 15.20 ÷ 15.10
        (15.3, None, False, False, 0.66),  # 15.30 ÷ 15.20
    ]


@needs_cases
def test_the_case_of_pence_and_pounds() -> None:
    feed("UNIT.LON", [(CASES / "unit_switch_pence_to_pounds__UNIT.LON.json").read_bytes()])

    found = actions("UNIT.LON", "unit_factor::float8", RETURN, "adjusted_close::float8")
    assert found == [(1, None, 612.2), (1, -0.42, 609.6), (100, -3.97, 5.854)]  # 585.4 ÷ 609.6


@needs_cases
def test_the_case_of_a_stock_dividend() -> None:
    feed("SDIV5", [(CASES / "stock_dividend_5_percent__SDIV5.json").read_bytes()])

    columns = ("split_to", "split_from", "is_action_unsure")
    assert actions("SDIV5", *columns) == [(1, 1, False), (1, 1, False), (21, 20, False)]


@needs_cases
def test_the_case_of_raw_closes_in_new_shares() -> None:
    bodies = [(CASES / f"{name}.json").read_bytes() for name in RESTATED]
    feed("RAW7.BRU", bodies[:1])
    before = actions("RAW7.BRU", "week_ending", RETURN)
    with connect() as connection:
        connection.execute("truncate silver.weekly_adjusted_prices, silver.loaded_payloads, ops.ticker_runs")

    feed("RAW7.BRU", bodies)

    after = dict(actions("RAW7.BRU", "week_ending", RETURN))
    assert len(before) > 2
    for week, percent in before[1:]:
        assert after[week] == pytest.approx(percent, abs=0.011)  # the restated closes have four decimals
    with connect() as connection:
        query = "select cause from silver.restatements where symbol = 'RAW7.BRU'"
        assert connection.execute(query).fetchall() == [("split",)]


@pytest.mark.parametrize(
    ("odd", "rule", "taken"),
    [
        ({2: bar(adjusted_close="245397")}, None, WEEKS),
        (
            {
                number: bar(close="1.0100", high="1.2", low="0.9", open="1", adjusted_close="1.0100")
                for number in (3, 4)
            },
            None,
            WEEKS,
        ),
        ({2: bar(close="245397", high="245397", adjusted_close="245397")}, "one wild value", WEEKS[3:]),
        ({4: bar(close="99999", high="99999", adjusted_close="99999")}, "one wild value", []),
        ({2: bar(close="95.2381", high="99", low="94", adjusted_close="100")}, None, WEEKS),
    ],
    ids=["wild adjusted close", "switch of unit", "wild week", "wild newest week", "stock dividend"],
)
def test_an_invented_sibling_harms_no_other_ticker(
    odd: dict[int, dict[str, object]], rule: str | None, taken: list[date]
) -> None:
    body = payload_of({str(week): odd.get(number, bar()) for number, week in enumerate(WEEKS)}, "ODD")

    [error] = feed("ODD", [body])

    assert held("SOUND") == WEEKS[:3]
    assert held("ODD") == taken
    assert error is None if rule is None else rule in str(error)
