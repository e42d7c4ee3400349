"""How tables read: minus signs, and columns as wide as their text."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from streamlit.testing.v1 import AppTest

from dashboards.components.columns import COLUMNS
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]
MINUS = "\N{MINUS SIGN}"


def shown(app: AppTest, column: str) -> tuple[list[str], dict[str, Any]]:
    """How a column of the first table that has it reads, where it is no number of Streamlit's; and its settings."""
    table = next(table for table in app.dataframe if column in table.value)
    styled = table.proto.arrow_data.styler.display_values
    texts = pa.ipc.open_stream(styled).read_all().to_pandas()[column].to_list() if styled else []
    return texts, json.loads(table.proto.columns)[column]


def test_a_fall_has_the_minus_sign_of_the_cards(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="market")
    texts, settings = shown(app, "return_1w_pct")
    (worst,) = (metric.value for metric in app.metric if metric.label == "Worst")

    assert texts[-1] == worst == f"{MINUS}4.5 %"
    assert [text[0] for text in texts] == ["+", "+", "+", "+", MINUS]
    assert "format" not in settings["type_config"]  # which would write a hyphen over it
    assert app.dataframe[0].value["return_1w_pct"].round(1).to_list()[-1] == -4.5  # sorted by its number


def test_a_column_without_a_fall_is_written_by_streamlit(open_page: OpenPage, warehouse: Warehouse) -> None:
    _, settings = shown(open_page(warehouse, page="market"), "close_price")

    assert settings["type_config"]["format"] == "%,.2f"


def test_an_object_key_and_an_error_are_not_cut_off(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(f"update ops.pipeline_runs set error = '{'It failed. ' * 10}' where status = 'failed'")

    for tab, column, letters in (("Freshness and runs", "error", 110), ("Doubtful data", "bronze_key", 100)):
        _, settings = shown(open_page(warehouse, page="pipeline", tab=tab), column)
        assert settings["width"] >= 8 * letters


def test_every_column_of_numbers_has_a_format() -> None:
    numbers = [look["type_config"] for look in COLUMNS.values() if look["type_config"]["type"] == "number"]  # type: ignore[index]

    assert numbers
    assert [look for look in numbers if not look["format"]] == []  # type: ignore[typeddict-item]
