"""The first `make up` in an empty home, as a user meets it: Airflow runs the pipeline, gold is published."""

import re
from dataclasses import replace

import httpx
import pytest

from tests.airflow_stack.stack import EVERY_ROW, Stack

WEEKS = 2_525
pytestmark = pytest.mark.slow("starts the stack, and publishes gold with Airflow")


def test_the_first_start_ends_with_what_was_built(stack: Stack) -> None:
    shown = (stack.home / "up.txt").read_text()

    assert "5 tickers, 2,525 weeks" in shown
    assert "sample market, 2000 to 2013" in shown


def test_every_week_of_the_sample_is_in_silver_and_in_gold(stack: Stack) -> None:
    rows = stack.query(EVERY_ROW)

    assert [(layer, int(count)) for layer, count, _ in rows] == [("gold", WEEKS), ("silver", WEEKS)]
    assert len(stack.bronze_objects()) == 5


def test_a_split_is_no_loss(stack: Stack) -> None:
    rows = stack.query(
        "select week_ending, weekly_return_pct from gold.fact_adjusted_prices"
        " where symbol = 'AAPL' and week_ending in ('2000-06-23', '2005-03-04') order by week_ending"
    )

    # Raw closes say -43.32 and -51.89.
    assert [float(value) for _, value in rows] == pytest.approx([13.37, -3.79], abs=0.005)


def test_the_publication_carries_the_batch_that_brought_its_rows(stack: Stack) -> None:
    (batches,) = stack.query(
        "select count(distinct execution_batch_id), min(execution_batch_id) from gold.fact_adjusted_prices"
    )
    (published,) = stack.query("select count(*), min(execution_batch_id) from gold.publications")

    assert batches == published
    assert batches[1].startswith("weekly_adjusted_prices:manual__")


def test_the_publication_was_announced(stack: Stack) -> None:
    (published,) = stack.query(
        "select execution_batch_id, rows_inserted + rows_updated + rows_deleted + other_rows_changed"
        " from gold.publications"
    )
    (announced,) = stack.announced_publications()

    assert [announced["execution_batch_id"], str(announced["rows_changed"])] == published
    assert announced["rows_changed"] > WEEKS


def test_gold_is_documented_on_a_page_of_airflow(stack: Stack) -> None:
    address = f"http://127.0.0.1:{stack.environment['AIRFLOW_PORT']}/cosmos/stocklake/dbt_docs_index.html"
    page = httpx.get(address, timeout=30)

    assert page.status_code == 200
    assert "What was a stock's week?" in page.text
    assert '"model.stocklake.fact_adjusted_prices"' in page.text
    assert httpx.get(address, headers={"Host": "elsewhere.example"}, timeout=30).status_code == 400


def test_a_setting_that_the_running_services_would_ignore_is_refused(stack: Stack) -> None:
    runs = stack.query("select count(*) from ops.pipeline_runs")

    refused = replace(stack, environment=stack.environment | {"STOCK_SYMBOLS": "IBM"}).call("run")

    assert refused.returncode == 1
    assert "STOCK_SYMBOLS: the services read another value" in " ".join(refused.stdout.split())
    assert stack.query("select count(*) from ops.pipeline_runs") == runs


def test_no_worker_waits_for_a_task_that_has_ended(stack: Stack) -> None:
    log = (stack.home / "logs" / "scheduler.log").read_text()
    found = re.findall(r"Workload finished .* duration=([\d.]+) .* workload_id=(\S+)", log)
    ran = dict(stack.ask_airflow("select array[id::text, duration::text] from task_instance where duration > 0"))
    waited = [float(seconds) - float(ran[task]) for seconds, task in found]

    assert len(waited) > 40
    assert sum(seconds > 4 for seconds in waited) < len(waited) / 10  # five seconds were every third task's
