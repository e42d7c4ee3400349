"""The report of a publication that left symbols out: red, with every name, and yet a publication."""

from collections.abc import Iterator
from io import StringIO

import psycopg
import pytest
from rich.console import Console
from structlog.testing import capture_logs

from include import steps
from include.airflow_client.runs import AirflowRuns, Run
from include.commands.output.run_results import print_failures
from include.errors import SymbolsQuarantined
from include.gold import dbt_shell
from include.gold.outcome import NOTHING_WAS_PUBLISHED, say_that_dbt_was_killed
from include.observability.publications import read_published_fingerprint
from include.observability.runs import close_run, open_run
from include.settings import get_settings
from include.steps import publishing
from tests.payloads import moment

BATCH = "gold_star_schema:1"
# What dbt leaves behind, as tests/dbt/test_quarantined_symbols.py proves.
QUARANTINED = """
    insert into ops.quarantines (
        place, symbol, function, bronze_key, rule, week_ending, value, bound, published_rows, way_out, since,
        execution_batch_id
    )
    select
        'publication', symbol, 'TIME_SERIES_WEEKLY_ADJUSTED', 'key', 'returns_are_believable', '2013-03-01', '5900 %',
        'at most 51 times', published_rows, 'make accept SYMBOL=' || symbol, now(), 'batch'
    from (values ('VIX', 'kept'), ('NEW', 'none'), ('GIVENUP', 'kept')) as left_out (symbol, published_rows);
    insert into ops.quarantines (
        place, symbol, function, bronze_key, rule, way_out, since, ended_at, execution_batch_id
    ) values
    ('payload', 'IBM', 'TIME_SERIES_WEEKLY_ADJUSTED', 'key', 'one_wild_value', 'wait', now(), null, 'batch'),
    ('publication', 'AAPL', 'TIME_SERIES_WEEKLY_ADJUSTED', 'key', 'prices_are_positive', 'wait', now(), now(), 'batch')
"""


@pytest.fixture
def warehouse(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A warehouse whose publication left three symbols out, one of which nobody asks for.

    Two more are quarantined elsewhere, or were once.
    """
    monkeypatch.setenv("DB_URL", warehouse_url)
    monkeypatch.setenv("STOCK_SYMBOLS", "AAPL,IBM,NEW,VIX")
    monkeypatch.setattr(publishing, "read_project_fingerprint", lambda: "this")
    get_settings.cache_clear()
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        connection.execute(QUARANTINED.encode())
        open_run(connection, BATCH, market_at=moment("2013-03-02"))
        yield connection
    get_settings.cache_clear()


def test_it_names_each_symbol_with_the_way_out_and_says_that_the_others_were_published(
    warehouse: psycopg.Connection,
) -> None:
    with pytest.raises(SymbolsQuarantined) as raised:
        steps.report_publication(BATCH)

    report = str(raised.value)
    assert report.startswith(
        "1 symbol was left as published, 1 symbol was left out of gold, which held no row of theirs; "
        "the others were published. "
    )
    assert (
        "VIX: returns_are_believable in the week ending 2013-03-01, found 5900 %, allowed at most 51 times; "
        "way out: make accept SYMBOL=VIX" in report
    )
    assert not {symbol for symbol in ("IBM", "AAPL", "GIVENUP") if symbol in report}
    run = warehouse.execute("select status, error from ops.pipeline_runs where execution_batch_id = %s", [BATCH])
    assert run.fetchone() == ("failed", report)


def test_a_symbol_that_nobody_asks_for_is_a_warning(
    warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOCK_SYMBOLS", "AAPL,IBM")
    get_settings.cache_clear()

    with capture_logs() as logged:
        steps.report_publication(BATCH)

    assert [line["symbols"] for line in logged if line["log_level"] == "warning"] == [
        "2 symbols were left as published, 1 symbol was left out of gold, which held no row of theirs; "
        "STOCK_SYMBOLS does not name GIVENUP, NEW, VIX"
    ]
    run = warehouse.execute("select status, error from ops.pipeline_runs where execution_batch_id = %s", [BATCH])
    assert run.fetchone() == ("success", None)


def test_what_it_left_out_is_no_reason_to_publish_the_same_project_again(warehouse: psycopg.Connection) -> None:
    with pytest.raises(SymbolsQuarantined):
        steps.report_publication(BATCH)

    assert read_published_fingerprint(warehouse) == "this"


def test_a_publication_that_failed_says_why_and_did_not_publish(warehouse: psycopg.Connection) -> None:
    assert steps.report_publication(BATCH, error="failed: a check") == {}

    assert read_published_fingerprint(warehouse) is None


@pytest.mark.parametrize(("published", "code"), [("success", 1), ("skipped", 0), (None, 0)])
def test_a_build_from_the_shell_is_as_red(
    warehouse: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    published: str | None,
    code: int,
) -> None:
    project = tmp_path_factory.mktemp("project")
    (project / "target").mkdir()
    if published:
        found = f'{{"results": [{{"unique_id": "{dbt_shell.PUBLICATION}", "status": "{published}"}}]}}'
        (project / "target" / dbt_shell.RUN_RESULTS).write_text(found)
    variables = {"execution_batch_id": "dbt_run:1", "market_now": "2013-03-02T12:00:00+00:00"}
    monkeypatch.setattr(dbt_shell, "DBT_PROJECT", project)
    monkeypatch.setattr(dbt_shell, "ensure_packages", lambda _: None)
    monkeypatch.setattr(dbt_shell, "_variables_of_the_shell", lambda _: variables)
    monkeypatch.setattr(dbt_shell, "_run", lambda *_: 0)
    warehouse.execute("update ops.pipeline_runs set status = 'failed'")  # Airflow is not publishing right now

    assert dbt_shell.run_dbt(["build"]) == code

    error = warehouse.execute("select error from ops.pipeline_runs where pipeline = 'dbt_run'").fetchone()
    told = capsys.readouterr().err
    assert ("VIX: returns_are_believable" in told) == bool(code)
    assert ("STOCK_SYMBOLS does not name GIVENUP" in told) == bool(code)
    assert ("VIX: returns_are_believable" in str(error)) == bool(code)


@pytest.mark.parametrize("is_sure_of_checks", [True, False])
def test_a_killed_dbt_sends_nobody_to_the_rows_of_checks_unless_one_failed(
    warehouse: psycopg.Connection, *, is_sure_of_checks: bool
) -> None:
    killed = say_that_dbt_was_killed("by a test", is_sure_of_checks=is_sure_of_checks)
    close_run(warehouse, BATCH, error=f"{NOTHING_WAS_PUBLISHED}, {killed}")
    shown = Console(record=True, width=300, file=StringIO())

    with AirflowRuns(get_settings()) as airflow:
        print_failures(airflow, shown, Run("gold_star_schema", "1"))

    said = shown.export_text()
    assert "dbt was killed (by a test)" in said
    assert ("schema audit" in said) != is_sure_of_checks
