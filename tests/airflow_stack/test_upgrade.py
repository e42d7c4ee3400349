"""`make up` in the home of an earlier version: nothing is lost, gold is what this version promises."""

import subprocess

import pytest
import yaml

from include.gold.dbt_environment import DBT_PROJECT
from include.settings import PROJECT_ROOT
from tests.airflow_stack.stack import COMMAND, EVERY_ROW, SECONDS, Stack

pytestmark = pytest.mark.slow("starts the stack again, publishes gold with Airflow, and runs the pipeline twice")
DUMPED_AT = "2024-11-26 00:00:00+00"


def test_an_upgraded_up_builds_the_history_of_the_five_tickers(upgraded_stack: Stack) -> None:
    assert [count for _, count, _ in upgraded_stack.query(EVERY_ROW)] == ["2525", "2525"]
    moves = upgraded_stack.query(
        "select round(weekly_return_pct::numeric, 4) from gold.fact_adjusted_prices "
        "where symbol = 'AAPL' and week_ending in ('2000-06-23', '2005-03-04') order by week_ending"
    )

    assert moves == [["13.3677"], ["-3.7869"]]


def test_an_upgrade_loses_nothing(upgraded_stack: Stack) -> None:
    counts = upgraded_stack.query(
        f"select (select count(*) from silver.loaded_payloads where loaded_at < '{DUMPED_AT}'), "
        f"(select count(*) from silver.daily_prices), (select count(*) from silver.company_overview), "
        f"(select count(*) from ops.api_calls where called_at < '{DUMPED_AT}'), "
        f"(select count(*) from ops.ticker_runs where updated_at < '{DUMPED_AT}'), "
        f"(select count(*) from ops.pipeline_runs where status = 'success' and finished_at < '{DUMPED_AT}'), "
        f"(select count(*) from gold.publications where published_at < '{DUMPED_AT}')"
    )

    assert counts == [["15", "500", "5", "15", "15", "6", "3"]]
    assert len(upgraded_stack.bronze_objects()) == 15


def test_an_upgrade_brings_gold_to_the_contract_of_today(upgraded_stack: Stack) -> None:
    models = yaml.safe_load((DBT_PROJECT / "models/gold/_gold__models.yml").read_text())["models"]
    promised = {
        f"{model['name']}.{column['name']},{column['data_type']}" for model in models for column in model["columns"]
    }
    columns = upgraded_stack.query(
        "select table_name || '.' || column_name, data_type from information_schema.columns where table_schema = 'gold'"
    )

    assert len(promised) > 100
    assert {",".join(column) for column in columns} == promised
    (roles,) = [yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["models"]["+grants"]["select"]]
    named = ", ".join(f"'{role}'" for role in roles)
    unreadable = (
        "select relname, rolname from pg_class, pg_roles where relnamespace = 'gold'::regnamespace and relkind = 'r'"
        f" and rolname in ({named}) and not has_table_privilege(rolname, pg_class.oid, 'select')"
    )
    assert roles
    assert upgraded_stack.query(unreadable) == []


def test_a_second_run_waits_for_the_first_and_neither_has_something_to_publish(upgraded_stack: Stack) -> None:
    before = upgraded_stack.query(EVERY_ROW), upgraded_stack.bronze_objects()
    publications = upgraded_stack.query("select count(*) from gold.publications")
    command = [*COMMAND, "run", "--force"]
    environment = upgraded_stack.environment
    with subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert "weekly_adjusted_prices" in first.stdout.readline()  # it has been triggered
        second = upgraded_stack.call("run")
        said, _ = first.communicate(timeout=SECONDS)
    overlaps = upgraded_stack.query(
        "select count(*) from ops.pipeline_runs as one join ops.pipeline_runs as other"
        " on one.pipeline = other.pipeline and one.execution_batch_id < other.execution_batch_id"
        " and one.started_at < other.finished_at and other.started_at < one.finished_at"
    )

    assert (first.returncode, second.returncode) == (0, 0)
    assert f"{'fetch':<20} 5 done" in said
    assert "nothing to publish" in said
    assert "queued behind it" in second.stdout
    assert "nothing to publish" in second.stdout
    assert overlaps == [["0"]]
    assert (upgraded_stack.query(EVERY_ROW), upgraded_stack.bronze_objects()) == before
    assert upgraded_stack.query("select count(*) from gold.publications") == publications == [["4"]]
