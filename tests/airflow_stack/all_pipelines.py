"""`make test-stacks`: all pipelines at once, and one or two publications hold what they brought."""

from dataclasses import replace

import pytest

from include.commands.run import chosen_pipelines
from tests.airflow_stack.stack import Stack

pytestmark = pytest.mark.slow("runs every pipeline with Airflow, and publishes gold")


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
