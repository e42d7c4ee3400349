"""What a figure means is said on hover, in the words of gold's column comments."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components.columns import COLUMNS
from dashboards.components.definitions import NAME_IN_GOLD, TABLE_OF
from dashboards.queries.definitions import comments_of_gold
from tests.dashboards.conftest import PAGES
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]
UNEXPLAINED = "Calls"  # what a column without an entry is taken for


def looks(app: AppTest, column: str) -> list[dict[str, Any]]:
    """The settings of this column in each table that has it."""
    return [json.loads(table.proto.columns)[column] for table in app.dataframe if column in table.value]


def source(look: dict[str, Any]) -> str:
    """The column of gold that explains a column of a table."""
    return str(look["help"]).split("`")[-2]


def test_each_column_of_gold_on_the_pages_has_a_comment_there(
    read_from: Callable[[Warehouse], None], warehouse: Warehouse
) -> None:
    read_from(warehouse)
    comments = comments_of_gold()

    assert len(comments) > 200
    named = {f"{table}.{NAME_IN_GOLD.get((table, column), column)}" for column, table in TABLE_OF.items()}
    assert named - comments.keys() == set()


def test_a_definition_has_one_home() -> None:
    assert [column for column in TABLE_OF if COLUMNS[column].get("help")] == []


def test_a_new_comment_is_what_the_pages_say(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("comment on column gold.fact_adjusted_prices.volatility_pct is 'As we define it today'")
    app = open_page(warehouse, page="stock", ticker="IBM")
    (card,) = (metric for metric in app.metric if metric.label == "Volatility")

    assert card.proto.help == "As we define it today\n\n`gold.fact_adjusted_prices.volatility_pct`"


def test_a_column_means_what_it_means_in_the_table_that_is_shown(open_page: OpenPage, warehouse: Warehouse) -> None:
    stocks, sectors = open_page(warehouse, page="screener"), open_page(warehouse, page="sectors")

    for column, of_stocks, of_sectors in (
        ("return_1w_pct", "weekly_return_pct", "mean_return_pct"),
        ("return_52w_pct", "return_52w_pct", "return_52w_pct"),
    ):
        assert [source(look) for look in looks(stocks, column)] == [f"gold.fact_adjusted_prices.{of_stocks}"]
        assert [source(look) for look in looks(sectors, column)] == [f"gold.mart_sector_performance.{of_sectors}"]


@pytest.mark.parametrize("page", [page for page in PAGES if page != "pipeline"])
def test_every_number_of_a_table_says_what_it_means(open_page: OpenPage, warehouse: Warehouse, page: str) -> None:
    app = open_page(warehouse, page=page, tickers=["IBM", "MSFT"], holdings="IBM:1,MSFT:1", benchmark="AAPL")
    told = [
        (column, look.get("help"))
        for table in app.dataframe
        for column, look in json.loads(table.proto.columns).items()
        if look.get("type_config", {}).get("type") == "number" and not look.get("hidden")
    ]

    assert told or page == "technical"
    assert [column for column, meaning in told if meaning in {None, "", UNEXPLAINED}] == []
