"""A publication refuses candidates that are not, row for row, the tables whose checks its own build ran."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from include.gold.bars.snapshot import TABLES
from include.observability.publications import end_build
from tests.dbt.dbt_process import PATIENCE_SECONDS, Point
from tests.dbt.gold import Gold
from tests.dbt.weeks import series

ALL_CHECKS_PASSED = Point("NodeStart", "publications")
RISK = "audit.mart_stock_risk_candidates"


@pytest.fixture(scope="module")
def gold(new_gold: Callable[[], Gold]) -> Gold:
    """Two published stocks, and a newer week of one of them in silver."""
    gold = new_gold()
    gold.write(*series("IBM", range(60), dividends={20: "0.5"}), *series("AAPL", range(60)))
    gold.publish()
    gold.write(*series("IBM", range(61), dividends={20: "0.5"}))
    return gold


def test_no_autovacuum_of_a_candidate_keeps_the_publication_waiting(gold: Gold):
    tables = gold.execute(
        "select relname, reloptions from pg_class"
        " where relnamespace = 'audit'::regnamespace and relkind = 'r' and relpersistence = 'u'"
        " and relname <> 'current_build'"
    )

    assert len(tables) > 10
    assert {tuple(options or ()) for _, options in tables} == {("autovacuum_enabled=false",)}


def test_a_candidate_made_anew_after_its_checks_is_refused(gold: Gold):
    before = gold.contents()
    with gold.held(ALL_CHECKS_PASSED) as build:
        # As a watcher's retry does, or a person in a shell.
        assert gold.dbt("run", "--select", "mart_stock_risk_candidates")["mart_stock_risk_candidates"] == "success"
        said = build.end()

    assert said["publications"] == "error"
    words = build.message("publications")
    assert "nothing was published: another build (manual:" in words
    assert f"{RISK} was made by another build than the one that checked it" in words
    assert "the next run publishes it: make run" in words
    assert gold.contents() == before


def test_a_candidate_that_was_changed_after_its_checks_is_refused_by_name(gold: Gold):
    before = gold.contents()
    with gold.held(ALL_CHECKS_PASSED) as build:
        gold.execute("delete from audit.computed_weeks where symbol = 'IBM' and is_complete_week")
        gold.execute("truncate audit.mart_dividends_candidates")
        gold.execute(f"create table audit.copy as table {RISK}; drop table {RISK}")
        gold.execute("alter table audit.copy rename to mart_stock_risk_candidates")
        said = build.end()

    assert said["publications"] == "error"
    words = build.message("publications")
    assert "audit.computed_weeks holds 0 rows and was made with 61" in words
    assert "audit.mart_dividends_candidates holds 0 rows and was made with 2" in words
    assert f"{RISK} was made by another build than the one that checked it" in words
    assert "mart_volatility_candidates" not in words
    assert gold.contents() == before


def test_a_build_that_was_reported_as_over_publishes_nothing_any_more(gold: Gold):
    before = gold.contents()
    with gold.held(ALL_CHECKS_PASSED) as build:
        _end_build(gold)
        said = build.end()

    assert said["publications"] == "error"
    assert "the run of this build was reported as over" in build.message("publications")
    assert gold.contents() == before


def test_a_report_waits_for_the_commit_that_is_under_way(gold: Gold):
    with (
        ThreadPoolExecutor() as background,
        gold.held(Point("SQLCommit", "publications")) as build,
    ):
        report = background.submit(_end_build, gold)
        _wait_until_it_waits(gold)
        assert not report.done()
        assert build.end()["publications"] == "success"
        report.result()

    # What the builds before were refused is in it.
    assert gold.last_publication()["rows_inserted"] == 1


def test_every_unlogged_table_is_proved(gold: Gold):
    proved = gold.execute("select candidate from audit.built_candidates")
    unlogged = gold.execute("select oid::regclass::text from pg_class where relpersistence = 'u' and relkind = 'r'")

    assert len(proved) >= 12
    prepared = {(f"audit.{table}",) for table in TABLES if table != "preparation"}  # of which the checks know the rows
    assert {*proved, ("audit.current_build",), *prepared} == set(unlogged)


def test_rows_that_gold_lost_are_published_anew(gold: Gold):
    whole = gold.contents()
    assert gold.is_filled()
    # As a crash left it before its emptied candidates were refused: every table of gold without a row.
    gold.execute(f"truncate {', '.join(f'gold.{table}' for table in whole)}")
    gold.publish()
    assert gold.contents() == whole

    gold.execute("delete from gold.fact_adjusted_prices where symbol = 'AAPL' and week_ending < '2010-06-01'")
    gold.execute("delete from audit.published_fingerprints where symbol = 'IBM'")
    gold.publish()
    assert gold.contents() == whole


def _end_build(gold: Gold) -> None:
    ((batch,),) = gold.execute("select execution_batch_id from audit.current_build")
    with psycopg.connect(gold.url) as connection:
        end_build(connection, str(batch))


def _wait_until_it_waits(gold: Gold) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while gold.execute("select count(*) from pg_locks where not granted") == [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
