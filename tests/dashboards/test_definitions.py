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


def looks(app: AppTest, column: str) -> list[dict[str, Any]]:
    """The settings of this column in each table that has it."""
    return [json.loads(table.proto.columns)[column] for table in app.dataframe if column in table.value]


def test_each_column_of_gold_on_the_pages_has_a_comment_there(
    read_from: Callable[[Warehouse], None], warehouse: Warehouse
) -> None:
    read_from(warehouse)
    comments = comments_of_gold()

    assert len(comments) > 200
    assert [column for column, table in TABLE_OF.items() if not comments.get(f"{table}.{column}")] == []


def test_a_definition_has_one_home() -> None:
    of_gold = [*TABLE_OF, *NAME_IN_GOLD]

    assert [column for column in of_gold if COLUMNS[column].get("help")] == []


def test_a_new_comment_is_what_the_pages_say(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("comment on column gold.fact_adjusted_prices.volatility_pct is 'As we define it today'")
    app = open_page(warehouse, page="stock", ticker="IBM")
    (card,) = (metric for metric in app.metric if metric.label == "Volatility")

    assert card.proto.help == "As we define it today\n\n`gold.fact_adjusted_prices.volatility_pct`"


def test_a_column_means_what_it_means_in_the_table_that_is_shown(open_page: OpenPage, warehouse: Warehouse) -> None:
    of_stocks = looks(open_page(warehouse, page="screener"), "return_52w_pct")
    of_sectors = looks(open_page(warehouse, page="sectors"), "return_52w_pct")

    assert [look["help"].rpartition("`gold.")[2] for look in of_stocks] == ["fact_adjusted_prices.return_52w_pct`"]
    assert [look["help"].rpartition("`gold.")[2] for look in of_sectors] == ["mart_sector_performance.return_52w_pct`"]


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
    assert [column for column, meaning in told if not meaning] == []
