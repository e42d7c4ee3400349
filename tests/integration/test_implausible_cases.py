"""Small payloads that failed elsewhere, each beside a sound ticker: what is odd about them harms nothing else."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from include import steps
from include.bronze.store import open_store
from include.errors import PayloadQuarantined, StocklakeError
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


@needs_cases
@pytest.mark.parametrize(
    ("symbol", "names", "rules"),
    [
        ("GLITCH", ["glitch_adjusted_close__GLITCH"], ["one wild value"]),
        ("UNIT.LON", ["unit_switch_pence_to_pounds__UNIT.LON"], ["one wild value"]),
        ("SDIV5", ["stock_dividend_5_percent__SDIV5"], [None]),
        (
            "RAW7.BRU",
            ["raw_closes_restated_by_split_1__RAW7.BRU", "raw_closes_restated_by_split_2__RAW7.BRU"],
            [None, "another security"],
        ),
        ("0700.HKG", ["hong_kong_typhoon_friday__0700.HKG"], [None]),
    ],
)
def test_a_case_harms_no_other_ticker(symbol: str, names: list[str], rules: list[str | None]) -> None:
    errors = feed(symbol, [(CASES / f"{name}.json").read_bytes() for name in names])

    assert held("SOUND") == WEEKS[: 2 + len(names)]
    assert len(errors) == len(rules)
    for error, rule in zip(errors, rules, strict=True):
        assert error is None if rule is None else rule in str(error)
        assert rule is None or isinstance(error, PayloadQuarantined)


@pytest.mark.parametrize(
    ("odd", "rule", "taken"),
    [
        ({2: bar(adjusted_close="245397")}, "one wild value", WEEKS[3:]),
        (
            {
                number: bar(close="1.0100", high="1.2", low="0.9", open="1", adjusted_close="1.0100")
                for number in (3, 4)
            },
            "one wild value",
            WEEKS[4:],
        ),
        ({4: bar(close="9999", high="9999", adjusted_close="9999")}, "one wild value", []),
        ({2: bar(close="95.2381", high="99", low="94", adjusted_close="100")}, None, WEEKS),
    ],
    ids=["wild adjusted close", "switch of unit", "wild newest week", "stock dividend"],
)
def test_an_invented_sibling_harms_no_other_ticker(
    odd: dict[int, dict[str, object]], rule: str | None, taken: list[date]
) -> None:
    body = payload_of({str(week): odd.get(number, bar()) for number, week in enumerate(WEEKS)}, "ODD")

    [error] = feed("ODD", [body])

    assert held("SOUND") == WEEKS[:3]
    assert held("ODD") == taken
    assert error is None if rule is None else rule in str(error)
