"""No secret is in what runs leave behind: bronze, logs, every table, what was printed and what shows of processes."""

import gzip
from collections.abc import Iterator

import psutil
import psycopg
import pytest

from include.local_stack.credentials import ensure_credentials
from tests.airflow_stack.stack import Stack, environment_of
from tests.market_server import MarketServer

API_KEY = "K3Y0FAUSER1NTESTS"
pytestmark = pytest.mark.slow("starts a second stack, whose market is the live one")


@pytest.fixture(scope="module")
def live_stack(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a key, whose source is on loopback, as a caching proxy is, and once repeats the key in a notice.

    The stack of the modules before is down meanwhile: the next one starts it again.
    """
    assert stack.call("down").returncode == 0
    folder = tmp_path_factory.mktemp("live")
    (folder / "tmp").mkdir()
    with MarketServer(folder / "source") as source:
        source.inject_fault("quota_spent", symbol="MSFT")
        changes = {
            "ALPHA_VANTAGE_API_KEY": API_KEY,
            "ALPHA_VANTAGE_BASE_URL": source.query_url,
            "STOCK_SYMBOLS": "IBM,MSFT",
            "TICKERS_PER_TASK": "2",  # one after the other: the notice ends the day
        }
        started = Stack(folder / "home", environment_of(folder / "home", folder / "tmp", **changes))
        try:
            (folder / "up.txt").write_text(started.call("up").stdout)
            yield started
        finally:
            started.call("clean", "--force")


def test_no_secret_is_in_what_the_runs_left_behind(stack: Stack) -> None:
    told = everything_that_is_left(stack)

    assert len(told) > 100
    # XComs, rendered templates, runs and their parameters; what silver, gold and ops say.
    assert {"public.xcom", "public.rendered_task_instance_fields", "ops.api_calls"} <= told.keys()
    assert where_it_shows(told, *generated_secrets(stack)) == []


def test_the_key_of_the_live_market_is_nowhere(live_stack: Stack) -> None:
    told = everything_that_is_left(live_stack)
    assert len(told) > 80
    told |= {"processes": "\n".join(" ".join(_arguments(process)) for process in psutil.process_iter())}
    said = (live_stack.home.parent / "up.txt").read_text()  # which also shows Airflow's login

    assert "live market" in said, said
    assert "market" not in live_stack.starts()  # no server of the stack stands in for it
    assert len(live_stack.bronze_objects()) == 1
    assert "our standard API rate limit is 25 requests per day" in told["ops.api_calls"]
    assert "********" in told["ops.api_calls"]
    assert live_stack.query("select is_sample from ops.market") == [["f"]]
    assert where_it_shows(told, API_KEY, *generated_secrets(live_stack)) == []
    assert API_KEY not in said


def everything_that_is_left(stack: Stack) -> dict[str, str]:
    """By file or table, its text."""
    logs = [path for folder in ("logs", "airflow/logs", "market") for path in (stack.home / folder).rglob("*.*")]
    told = {str(path): path.read_text(errors="replace") for path in logs if path.is_file()}
    told |= {path: gzip.decompress((stack.home / path).read_bytes()).decode() for path in stack.bronze_objects()}
    told |= _dump(stack.postgres.url("airflow", "airflow")) | _dump(stack.postgres.url())
    return told


def generated_secrets(stack: Stack) -> list[str]:
    known = ensure_credentials(stack.home)
    del known["EMBEDDED_S3_ACCESS_KEY"]  # a login: Airflow shows it beside the connection, as it does a user's name
    secrets = [value for value in known.values() if len(value) > 8]
    assert len(secrets) > 5
    return secrets


def where_it_shows(told: dict[str, str], *secrets: str) -> list[str]:
    return [name for name, text in told.items() for secret in secrets if secret in text or secret in name]


def _dump(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select schemaname || '.' || tablename from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {
            table: str(connection.execute(f"select row::text from {table} as row".encode()).fetchall())
            for (table,) in tables
        }


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
