"""Every column of gold against the same computed from the payloads' bytes without a line of silver or dbt."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import psycopg
import pytest
from psycopg.rows import dict_row

from include.market_simulator.listing import normal_reply
from include.market_simulator.replies import Call
from include.settings import SAMPLE_SYMBOLS
from include.silver.datasets import find_dataset
from include.silver.load import load_payloads
from tests.captures.folders import INVENTED, WEEKLY, captures_of, needs_real_captures
from tests.dbt.gold import CONTRACTS, GREEN, OF_DAYS, PUBLISHED_TABLES, Gold
from tests.payloads import normalize_weekly
from tests.reference import as_gold
from tests.reference.captured import captured_payload, real_captures
from tests.reference.records import Payload
from tests.reference.stock import Stock, compute_stocks

pytestmark = pytest.mark.slow("three warehouses are built, and every figure is computed a second time in Python")
SAMPLE_DAYS = (datetime(2012, 10, 6, 12, tzinfo=UTC), datetime(2013, 3, 2, 12, tzinfo=UTC))
# What gold is told and does not compute: keys, stamps, and what OVERVIEW and the seeds say of a company.
NO_FIGURES = {
    *("stock_id", "date_id", "source_id", "other_stock_id", "load_timestamp", "execution_batch_id"),
    *("company_name", "industry", "currency", "exchange", "country", "asset_type"),
}
SCALES = {"fact_weekly_technical_indicators": 100}  # of oscillators, and of what is a difference of prices
DIM_STOCK_SECTOR = ("dim_stock", "sector")  # the sectors of the computation are taken from there


@dataclass(frozen=True)
class Compared:
    """Gold, and the payloads that it was built from."""

    gold: Gold
    payloads: list[Payload]

    @cached_property
    def stocks(self) -> list[Stock]:
        """The stocks as they are computed from the payloads."""
        return compute_stocks(self.payloads)

    def sectors(self) -> dict[str, str]:
        """The sector of each stock, as the dimension has it."""
        return {
            str(symbol): str(sector)
            for symbol, sector in self.gold.execute("select symbol, sector from gold.dim_stock")
        }

    def expected(self, table: str) -> as_gold.Rows:
        """The rows that the table should hold."""
        compute = getattr(as_gold, table)
        return compute(self.stocks, self.sectors()) if "sectors" in compute.__annotations__ else compute(self.stocks)

    def found(self, table: str) -> as_gold.Rows:
        """The rows that it holds, by its key."""
        [key] = [each["key"] for each in PUBLISHED_TABLES if each["name"] == table]
        with psycopg.connect(self.gold.url, row_factory=dict_row) as connection:
            rows = connection.execute(f"select * from gold.{table}".encode()).fetchall()
        return {tuple(row[name] for name in key): row for row in rows}


def sample() -> list[Payload]:
    """The sample market on two days."""
    return [
        Payload(symbol, at, normal_reply(Call(WEEKLY, symbol, api_key="test"), at.date()).body)
        for at in SAMPLE_DAYS
        for symbol in SAMPLE_SYMBOLS
    ]


def nine_stocks() -> list[Payload]:
    """The newest 110 weeks of the real captures of one day, of as many stocks."""
    found = [captured_payload(name) for name in real_captures() if "_20240415" in name]
    return [replace(payload, body=newest_weeks(payload.body, 110)) for payload in found]


def newest_weeks(body: bytes, count: int) -> bytes:
    """The payload as it were of a stock that began so many weeks ago."""
    [(name, weeks)] = [(name, value) for name, value in json.loads(body).items() if name != "Meta Data"]
    return json.dumps({name: dict(sorted(weeks.items())[-count:])}).encode()


def captures() -> list[Payload]:
    """The invented captures, and where they are at hand the real ones."""
    names = [path.name for path in captures_of(WEEKLY) if path.parent.parent == INVENTED] + real_captures()
    return sorted(map(captured_payload, names), key=lambda payload: payload.fetched_at)


def is_of_weeks(table: dict[str, str]) -> bool:
    """Whether a table holds what follows from weekly payloads; `test_daily_prices` has the others."""
    return table["name"] not in OF_DAYS | {"dim_source"}


@pytest.fixture(scope="module", params=[sample, captures], ids=["the sample market", "all captures"])
def compared(request: pytest.FixtureRequest, new_gold: Callable[[], Gold]) -> Compared:
    """A warehouse that took these payloads in one after the other, published."""
    payloads = request.param()
    gold = replace(new_gold(), market_now=max(payload.fetched_at for payload in payloads).isoformat())
    load(gold, payloads)
    assert set(gold.publish().values()) <= GREEN
    return Compared(gold, payloads)


def load(gold: Gold, payloads: Iterable[Payload]) -> None:
    """Take payloads into silver as the pipeline does."""
    with psycopg.connect(gold.url) as connection:
        for payload in payloads:
            series = normalize_weekly(payload.body, symbol=payload.symbol, fetched_at=payload.fetched_at)
            weekly = find_dataset("weekly_adjusted_prices")
            load_payloads(connection, weekly, [series], accepted={}, batch="weekly_adjusted_prices:test")


@pytest.mark.parametrize("table", [each["name"] for each in PUBLISHED_TABLES if is_of_weeks(each)])
def test_every_figure_is_that_of_the_reference(compared: Compared, table: str) -> None:
    expected, found = compared.expected(table), compared.found(table)

    assert found.keys() == expected.keys()
    assert [
        (key, column, found[key][column], row[column])
        for key, row in expected.items()
        for column in figures_of(table)
        if not is_same(found[key][column], row[column], scale=SCALES.get(table, 1))
    ] == []


@needs_real_captures
@pytest.mark.parametrize("compared", [captures], indirect=True, ids=["all captures"])
def test_a_captured_week_has_the_figure_that_the_definitions_name(compared: Compared) -> None:
    named = {
        ("AAPL", "2000-06-23", "weekly_return_pct"): 13.37,
        ("AAPL", "2005-03-04", "weekly_return_pct"): -3.79,
        ("HPQ", "2015-11-06", "price_return_pct"): 7.28,
        ("GOOGL", "2014-04-04", "price_return_pct"): -2.95,
        ("HPQ", "2015-11-06", "distribution_per_share"): 14.72,
        ("IBM", "2021-11-05", "other_factor"): 1.046,
        ("MSFT", "2004-11-19", "dividend_per_share"): 3.08,
        ("T.TO", "2005-03-11", "dividend_per_share"): 0.20,
        ("AAPL", "2014-06-20", "dividend_yield_pct"): 1.95,
        ("IBM", "2024-11-01", "dividend_yield_pct"): 3.20,
        ("IBM", "2024-11-08", "dividend_yield_pct"): 3.12,
        ("IBM", "2024-11-15", "dividend_yield_pct"): 3.25,
        # Over the factor of its price return; the definitions' 2.50 is over another, 1 + 14.72 / 14.01.
        ("HPQ", "2015-11-13", "dividend_yield_pct"): 2.48,
    }
    facts = compared.found("fact_adjusted_prices")

    assert {
        key: round(float(facts[key[0], date.fromisoformat(key[1])][key[2]]), 4 if key[2] == "other_factor" else 2)
        for key in named
    } == named


@needs_real_captures
@pytest.mark.parametrize("compared", [captures], indirect=True, ids=["all captures"])
def test_captured_payers_have_the_rhythm_and_the_years_that_the_definitions_name(compared: Compared) -> None:
    years = compared.found("mart_dividends")

    assert {years[symbol, 2023]["frequency"] for symbol in ("AAPL", "IBM", "MSFT", "HPQ")} == {"quarterly"}
    assert [years["AAPL", year]["years_without_cut"] for year in (2012, 2013, 2014, 2020, 2023)] == [0, 1, 2, 8, 11]
    assert (years["MSFT", 2004]["special_dividend_per_share"], years["MSFT", 2004]["dividend_count"]) == (3, 2)
    assert [key for key in years if key[0] == "GOOGL"] == []  # it never paid: a share class is no dividend
    retained = "select count(*) from gold.fact_adjusted_prices where symbol = 'MSFT' and is_retained"
    assert compared.gold.execute(retained) == [(252,)]


@needs_real_captures
@pytest.mark.parametrize("compared", [nine_stocks], indirect=True, ids=["nine stocks"])
def test_the_beta_of_tesla_is_against_the_other_eight(compared: Compared) -> None:
    risk = compared.found("mart_stock_risk")

    assert len(risk) == 9
    assert round(risk["TSLA",]["beta"], 3) == 1.132  # 1.507 with itself among them
    assert round(risk["TSLA",]["adjusted_beta"], 3) == 1.089


@pytest.mark.parametrize("compared", [sample], indirect=True, ids=["the sample market"])
def test_the_deepest_fall_of_the_sample_market_is_that_of_the_definitions(compared: Compared) -> None:
    assert round(compared.found("mart_stock_risk")["GOOG",]["max_drawdown_pct"], 2) == -63.29  # of weekly closes


def figures_of(table: str) -> list[str]:
    """The columns of a table that are computed."""
    [contract] = [each for each in CONTRACTS if each["name"] == table]
    [key] = [each["key"] for each in PUBLISHED_TABLES if each["name"] == table]
    names = [column["name"] for column in contract["columns"]]
    return [name for name in names if name not in NO_FIGURES | {*key} and (table, name) != DIM_STOCK_SECTOR]


def is_same(found: object, expected: object, *, scale: float) -> bool:
    """Whether two values are one, numbers but for the last digits of their scale."""
    if isinstance(found, float | Decimal) and isinstance(expected, int | float | Fraction):
        return float(found) == pytest.approx(float(expected), rel=1e-9, abs=1e-9 * scale)
    return found == expected
