"""What the pages ask, on the gold that dbt built from the sample market."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from dashboards import queries
from dashboards.queries import Publication
from tests.dashboards.gold_warehouse import GOLD_BATCH, Warehouse

FIRST_WEEK_OF_FB = date(2012, 5, 18)


@pytest.fixture
def published(read_from: Callable[[Warehouse], None], warehouse: Warehouse) -> Publication:
    read_from(warehouse)
    newest = queries.newest_publication()
    assert newest
    return newest


def test_the_publication_names_its_batch_and_its_market(published: Publication) -> None:
    assert published.execution_batch_id == GOLD_BATCH
    assert published.is_sample
    assert published.market_at.date() == date(2013, 3, 2)


def test_an_empty_warehouse_has_no_publication(
    read_from: Callable[[Warehouse], None], empty_warehouse: Warehouse
) -> None:
    read_from(empty_warehouse)

    assert queries.newest_publication() is None


def test_every_stock_of_the_market_can_be_chosen(published: Publication) -> None:
    assert queries.stocks(published)["symbol"].to_list() == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]


def test_rebased_prices_are_100_in_the_first_week_that_all_have(published: Publication) -> None:
    prices = queries.weekly_prices(published, ["FB", "IBM"], since=None)

    assert prices["base_week"].unique().to_list() == [FIRST_WEEK_OF_FB]
    assert prices.filter(pl.col("week_ending") == FIRST_WEEK_OF_FB)["growth_of_100"].to_list() == [100, 100]
    assert prices.filter(pl.col("symbol") == "IBM")["week_ending"].min() == date(2000, 3, 3)


def test_a_period_starts_at_its_first_week(published: Publication) -> None:
    prices = queries.weekly_prices(published, ["IBM"], since=date(2013, 2, 1))

    assert prices["week_ending"].to_list() == [date(2013, 2, 1 + 7 * n) for n in range(4)] + [date(2013, 3, 1)]
    assert prices["growth_of_100"][0] == 100


def test_a_return_over_a_period_is_what_the_fact_says(published: Publication) -> None:
    latest = queries.latest_week(published, ["AAPL"])
    prices = queries.weekly_prices(published, ["AAPL"], since=date(2012, 3, 2))

    assert prices["growth_of_100"][-1] - 100 == pytest.approx(latest["return_52w_pct"][0])


@pytest.mark.parametrize("symbol", ["IBM'; drop table gold.publications; --", "ibm", "", "A" * 33])
def test_what_is_no_symbol_reaches_no_statement(published: Publication, symbol: str) -> None:
    with pytest.raises(ValueError, match="no symbol"):
        queries.latest_week(published, [symbol])


def test_numbers_arrive_as_floats_and_days_as_dates(published: Publication) -> None:
    prices = queries.weekly_prices(published, ["IBM"], since=None)

    assert prices.schema["adj_close_price"] == pl.Float64
    assert prices.schema["week_ending"] == pl.Date
