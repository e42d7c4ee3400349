"""What `make run` and `make up` print of the warehouse at their end: where the lake is down, where a table is empty."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from include.commands.output.warehouse_summary import print_summary
from include.settings import get_settings
from tests.airflow_api import AirflowApi, Asked
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


def test_a_warehouse_of_days_alone_is_published(read_from: Callable[[Warehouse], None], warehouse: Warehouse) -> None:
    read_from(warehouse)
    warehouse.execute("truncate gold.fact_adjusted_prices")
    ((days,),) = warehouse.execute("select count(*) from gold.fact_daily_prices")
    shown = Console(record=True, width=200, file=StringIO())

    print_summary(shown, get_settings())

    assert f"5 tickers, {days:,} days of prices (2000-03-01 to 2013-03-01; sample market" in shown.export_text()


def airflow(asked: Asked, *, is_paused: bool) -> tuple[int, Any]:
    """An Airflow where a DAG fills the daily prices at six, and another by hand."""
    if asked.path == "/api/v2/assets":
        # It searches for a part of the name.
        tasks = {
            asked.query["name_pattern"]: ["by_hand", "stock_data_pipeline"],
            "silver.daily_prices_of_else": ["else"],
        }
        producers = {name: [{"dag_id": dag, "task_id": "validate"} for dag in dags] for name, dags in tasks.items()}
        return 200, {"assets": [{"name": name, "producing_tasks": made_by} for name, made_by in producers.items()]}
    name = asked.path.rpartition("/")[2]
    by_hand = {"dag_id": name, "is_paused": False, "timetable_summary": None, "next_dagrun_run_after": None}
    daily = {"timetable_summary": "0 6 * * *", "next_dagrun_run_after": "2026-12-01T06:00:00Z", "is_paused": is_paused}
    return 200, by_hand if name == "by_hand" else by_hand | daily


@pytest.mark.parametrize(
    ("is_paused", "words"),
    [
        (False, "stock_data_pipeline fills it, next at 2026-12-01 06:00 UTC; to run it now: Trigger, at {page}"),
        (True, "stock_data_pipeline fills it, which is paused: switch it on at {page}"),
        (None, "its DAG has not filled it, and Airflow does not say when it will: `make status`"),
    ],
)
def test_an_empty_table_names_the_dag_that_fills_it_and_its_hour(
    read_from: Callable[[Warehouse], None],
    warehouse: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
    is_paused: bool | None,
    words: str,
) -> None:
    read_from(warehouse)
    warehouse.execute("truncate silver.daily_prices")
    shown = Console(record=True, width=200, file=StringIO())
    with AirflowApi(lambda asked: airflow(asked, is_paused=bool(is_paused))) as api:
        if is_paused is None:
            api.faults = [500] * 9
        monkeypatch.setenv("AIRFLOW_URL", api.url)
        get_settings.cache_clear()
        print_summary(shown, get_settings())

    page = f"{get_settings().airflow.page_url}/dags/stock_data_pipeline"
    (line,) = (line for line in shown.export_text().splitlines() if line.startswith("silver.daily_prices is"))
    assert line == f"silver.daily_prices is empty: {words.format(page=page)}"
