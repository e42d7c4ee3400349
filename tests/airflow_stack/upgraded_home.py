"""`make test-stacks`: `make up` where gold is not what this version promises, in the home of an earlier one say."""

import psycopg
import pytest
import yaml

from include.gold.dbt_environment import DBT_PROJECT
from tests.airflow_stack.stack import EVERY_ROW, Stack
from tests.upgrade.home import restore_home

pytestmark = pytest.mark.slow("starts the stack again, and publishes gold twice with Airflow")
DUMPED_AT = "2024-11-26 00:00:00+00"


@pytest.fixture(scope="module")
def upgraded_stack(stack: Stack) -> Stack:
    """The stack after `down`, with the data of an earlier version in its home, and after the `up` that followed."""
    assert stack.call("down").returncode == 0
    restore_home(stack.home, postgres_port=int(stack.environment["POSTGRES_PORT"]))
    ended = stack.call("up")
    assert ended.returncode == 0, ended.stdout
    assert "5 tickers, 2,525 weeks" in ended.stdout
    assert "sample market, 2000 to 2013" in ended.stdout
    return stack


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


def test_an_emptied_gold_is_filled_by_the_next_up_without_a_call(upgraded_stack: Stack) -> None:
    calls = upgraded_stack.query("select count(*) from ops.api_calls")
    (_, silver) = upgraded_stack.query(EVERY_ROW)
    # As a crash left it in earlier versions: every table of the star is empty, and the publication a success.
    with psycopg.connect(upgraded_stack.postgres.url()) as gold:
        tables = "select string_agg('gold.' || tablename, ', ') from pg_tables where schemaname = 'gold'"
        (emptied,) = gold.execute(f"{tables} and tablename <> 'publications'".encode()).fetchone() or ("",)
        gold.execute(f"truncate {emptied}".encode())

    came_up = upgraded_stack.call("up")

    assert came_up.returncode == 0, came_up.stdout
    assert "5 tickers, 2,525 weeks" in came_up.stdout
    assert upgraded_stack.query(EVERY_ROW)[1] == silver
    assert upgraded_stack.query("select count(*) from gold.mart_dividends") != [["0"]]
    assert upgraded_stack.query("select count(*) from ops.api_calls") == calls
