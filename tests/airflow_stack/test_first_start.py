"""The first `make up` in an empty home, as a user meets it: Airflow runs the pipeline, gold is published."""

import re
from dataclasses import replace

import pytest

from include.commands.run import chosen_pipelines
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


def test_all_pipelines_run_together_and_one_or_two_publications_hold_them(stack: Stack) -> None:
    dags = set(chosen_pipelines())
    (before,) = stack.query("select count(*) from gold.publications")

    ended = replace(stack, environment=stack.environment | {"PIPELINE": "all"}).call("run")

    assert ended.returncode == 0, ended.stdout
    assert [line.split()[0] for line in ended.stdout.splitlines() if "/runs/manual__" in line] == [*chosen_pipelines()]
    newest = stack.query(
        "select distinct on (pipeline) pipeline, status, tickers_failed, max(started_at) over () - started_at"
        " < interval '20 seconds' from ops.pipeline_runs where pipeline <> 'gold_star_schema'"
        " order by pipeline, started_at desc"
    )
    assert {tuple(row) for row in newest} == {(dag, "success", "0", "t") for dag in dags}
    (published,) = stack.query("select count(*) from gold.publications")
    assert int(published[0]) - int(before[0]) in {1, 2}
    assert ended.stdout.count("/gold_star_schema/runs/") == int(published[0]) - int(before[0])
    assert stack.query("select count(distinct symbol) from public.stock_data") == [["5"]]
    assert stack.query(
        "select count(*), count(adj_close_price), count(rsi_14), count(macd_signal) from gold.fact_daily_prices"
        " left join gold.fact_technical_indicators using (symbol, trade_date)"
        " where symbol = 'AAPL' and trade_date <= '2013-03-01'"
    ) == [["3270", "3270", "3256", "3237"]]  # RSI begins with the 15th bar, MACD with the 34th
    assert stack.query("select count(*) from ops.findings where check_name = 'date_range'") == [["5"]]
    # Half of the price in a day, and no split: what the lists name is no finding, also where they came later.
    unlisted = "select symbol, last_session from ops.findings where words like '%and none is listed%'"
    assert stack.query(unlisted) == [["AAPL", "2000-09-29"]]
    batches = "select distinct split_part(execution_batch_id, ':', 1) from gold"
    assert stack.query(f"{batches}.fact_daily_prices") == [["stock_data_pipeline"]]
    of_weeks = {batch for (batch,) in stack.query(f"{batches}.fact_adjusted_prices")}
    assert of_weeks - {"splits", "dividends"} == {"weekly_adjusted_prices"}  # lists decide weeks that are in doubt
    newest_publication = "(select max(published_at) from gold.publications)"
    after_it = stack.query(f"select count(*) from silver.loaded_payloads where loaded_at > {newest_publication}")
    assert after_it == [["0"]]


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
