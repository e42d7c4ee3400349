"""Every column of gold against the same computed from the payloads' bytes without a line of silver or dbt."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import psycopg
import pytest
from psycopg.rows import dict_row

from include.market_simulator.listing import normal_reply
from include.market_simulator.replies import Call
from include.settings import SAMPLE_SYMBOLS
from include.silver.datasets import find_dataset
from include.silver.load import load_payloads
from tests.captures.folders import INVENTED, WEEKLY, captures_of
from tests.dbt.gold import CONTRACTS, GREEN, PUBLISHED_TABLES, Gold
from tests.payloads import normalize_weekly
from tests.reference import as_gold
from tests.reference.captured import captured_payload, real_captures
from tests.reference.records import Payload
from tests.reference.stock import Stock, compute_stocks

SAMPLE_DAYS = (datetime(2012, 10, 6, 12, tzinfo=UTC), datetime(2013, 3, 2, 12, tzinfo=UTC))
# What gold is told and does not compute: keys, stamps, and what OVERVIEW and the seeds say of a company.
NO_FIGURES = {
    *("stock_id", "date_id", "source_id", "other_stock_id", "load_timestamp", "execution_batch_id"),
    *("company_name", "industry", "currency", "exchange", "country", "asset_type"),
}
DIM_STOCK_SECTOR = ("dim_stock", "sector")  # the sectors of the computation are taken from there


@dataclass(frozen=True)
class Compared:
    """Gold, and the stocks as they are computed from the same payloads."""

    gold: Gold
    stocks: list[Stock]

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


def captures() -> list[Payload]:
    """The invented captures, and where they are at hand the real ones."""
    names = [path.name for path in captures_of(WEEKLY) if path.parent.parent == INVENTED] + real_captures()
    return sorted(map(captured_payload, names), key=lambda payload: payload.fetched_at)


@pytest.fixture(scope="module", params=[sample, captures], ids=["the sample market", "all captures"])
def compared(request: pytest.FixtureRequest, new_gold: Callable[[], Gold]) -> Compared:
    """A warehouse that took these payloads in one after the other, published."""
    payloads = request.param()
    gold = replace(new_gold(), market_now=max(payload.fetched_at for payload in payloads).isoformat())
    load(gold, payloads)
    assert set(gold.publish().values()) <= GREEN
    return Compared(gold, compute_stocks(payloads))


def load(gold: Gold, payloads: Iterable[Payload]) -> None:
    """Take payloads into silver as the pipeline does."""
    with psycopg.connect(gold.url) as connection:
        for payload in payloads:
            series = normalize_weekly(payload.body, symbol=payload.symbol, fetched_at=payload.fetched_at)
            weekly = find_dataset("weekly_adjusted_prices")
            load_payloads(connection, weekly, [series], accepted={}, batch="weekly_adjusted_prices:test")


@pytest.mark.slow("two warehouses are built, and every figure is computed a second time in Python")
@pytest.mark.parametrize("table", [each["name"] for each in PUBLISHED_TABLES if each["name"] != "dim_source"])
def test_every_figure_is_that_of_the_reference(compared: Compared, table: str) -> None:
    expected, found = compared.expected(table), compared.found(table)

    assert found.keys() == expected.keys()
    assert [
        (key, column, found[key][column], row[column])
        for key, row in expected.items()
        for column in figures_of(table)
        if not is_same(found[key][column], row[column])
    ] == []


def figures_of(table: str) -> list[str]:
    """The columns of a table that are computed."""
    [contract] = [each for each in CONTRACTS if each["name"] == table]
    [key] = [each["key"] for each in PUBLISHED_TABLES if each["name"] == table]
    names = [column["name"] for column in contract["columns"]]
    return [name for name in names if name not in NO_FIGURES | {*key} and (table, name) != DIM_STOCK_SECTOR]


def is_same(found: object, expected: object) -> bool:
    """Whether two values are one, numbers but for the last digits."""
    if isinstance(found, float | Decimal) and isinstance(expected, int | float | Fraction):
        return float(found) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)
    return found == expected
