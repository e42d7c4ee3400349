"""What `validate` checks of each dataset: silver holds what the batch loaded; and the statuses the ledger allows."""

import re
from uuid import uuid4

import pytest

from include import steps
from include.errors import LoadMismatch
from include.observability.ticker_ledger import TickerStatus
from include.silver.datasets import dataset_names, find_dataset
from include.warehouse.connection import connect
from tests.market_server import MarketServer


@pytest.mark.parametrize("dataset", dataset_names())
def test_a_lost_row_of_any_dataset_is_found(shared_market: MarketServer, dataset: str) -> None:
    batch = f"{dataset}:run-1"
    for group in steps.plan(dataset, batch, symbols=["IBM", "MSFT"]):
        steps.fetch(dataset, group, batch)
        steps.normalize(dataset, group, batch)
    steps.validate(dataset, batch)
    table = find_dataset(dataset).table.name
    with connect() as connection:
        lose = f"delete from silver.{table} where ctid = (select min(ctid) from silver.{table}) returning symbol"
        [(symbol,)] = connection.execute(lose.encode()).fetchall()

    with pytest.raises(LoadMismatch, match=rf"{symbol}: \d+ kept, \d+ held"):
        steps.validate(dataset, batch)


@pytest.mark.usefixtures("shared_market")
def test_listed_actions_are_published_beside_daily_prices_only() -> None:
    def run(dataset: str) -> int:
        batch = f"{dataset}:run-{uuid4()}"
        for group in steps.plan(dataset, batch, symbols=["AAPL"], force=True):
            steps.fetch(dataset, group, batch)
            steps.normalize(dataset, group, batch)
        return steps.validate(dataset, batch)

    assert run("splits") == 0
    assert run("dividends") == 0
    assert run("daily_prices") > 0  # it takes up the lists, too


def test_the_ledger_allows_exactly_the_statuses_that_the_code_knows(warehouse_url: str) -> None:
    with connect(warehouse_url) as connection:
        row = connection.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'ticker_runs_status_check'"
        ).fetchone()

    assert row
    assert set(re.findall("'([a-z]+)'", row[0])) == {str(status) for status in TickerStatus}
