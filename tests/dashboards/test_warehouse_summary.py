"""What `make run` and `make up` print of the warehouse at their end, where the lake does not answer."""

from collections.abc import Callable
from io import StringIO

from rich.console import Console

from include.commands.output.warehouse_summary import print_summary
from include.settings import get_settings
from tests.dashboards.gold_warehouse import Warehouse


def test_a_lake_that_is_down_leaves_the_summary_of_the_warehouse(
    read_from: Callable[[Warehouse], None], warehouse: Warehouse
) -> None:
    read_from(warehouse)
    shown = Console(record=True, width=200, file=StringIO())

    print_summary(shown, get_settings())

    words = shown.export_text()
    assert "Bronze cannot be counted: S3 does not answer at http://127.0.0.1:1" in words
    assert "gold.fact_adjusted_prices" in words
