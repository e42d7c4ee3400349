"""The whole pipeline as a user meets it: the stack comes up, Airflow runs it, gold is published, everything ends."""

import csv
import gzip
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from include.local_stack.credentials import ensure_credentials
from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.market_simulator.process import MarketServer
from include.settings import PROJECT_ROOT
from tests.conftest import free_port

SECONDS = 900  # for a command; minutes only where many tests share two cores
WEEKS = 2_525
PORTS = ("AIRFLOW_PORT", "DASHBOARD_PORT", "POSTGRES_PORT", "S3_PORT", "MARKET_PORT")
# Empty means "not set": a developer's own .env must not reach the test.
NOT_SET = ("AWS_ENDPOINT_URL", "DB_URL", "ANALYST_DB_URL", "READER_DB_URL")
API_KEY = "K3Y0FAUSER1NTESTS"  # the local market takes any key
EVERY_ROW = (
    "select 'silver', count(*), md5(string_agg(bar::text, '' order by symbol, week_ending))"
    " from silver.weekly_adjusted_prices as bar"
    " union all "
    "select 'gold', count(*), md5(string_agg(fact::text, '' order by symbol, week_ending))"
    " from gold.fact_adjusted_prices as fact order by 1"
)


@dataclass(frozen=True)
class Stack:
    """A stack of its own, on free ports, driven by the commands behind `make`."""

    home: Path
    environment: dict[str, str]

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; what it prints is kept, errors too."""
        return subprocess.run(
            [sys.executable, "-m", "include.commands", *arguments],
            cwd=PROJECT_ROOT,
            env=self.environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )

    def query(self, sql: str) -> list[list[str]]:
        """The rows of an answer, read as `make sql` reads them."""
        answered = self.call("sql", sql)
        assert answered.returncode == 0, answered.stdout
        return list(csv.reader(io.StringIO(answered.stdout)))[1:]

    @property
    def postgres(self) -> EmbeddedPostgres:
        """Its Postgres, for what no command does."""
        return EmbeddedPostgres(self.home, int(self.environment["POSTGRES_PORT"]), ensure_credentials(self.home))

    @property
    def market(self) -> MarketServer:
        """Its sample market, which already runs."""
        return MarketServer(self.home / "market", int(self.environment["MARKET_PORT"]))

    def announced_publications(self) -> list[dict[str, object]]:
        """What the events of the Asset `gold` carry, oldest first."""
        with psycopg.connect(self.postgres.url("airflow", "airflow")) as airflow:
            events = airflow.execute(
                "select asset_event.extra from asset_event join asset on asset.id = asset_id"
                " where asset.name = 'gold' order by asset_event.timestamp"
            ).fetchall()
        return [extra for (extra,) in events]

    def bronze_objects(self) -> set[str]:
        """The objects of the lake."""
        return {str(path.relative_to(self.home)) for path in (self.home / "s3").rglob("*.json.gz")}

    def processes(self) -> list[str]:
        """Everything that still works in this home, or for it."""
        found = []
        for process in psutil.process_iter():
            try:
                told = [*process.cmdline(), process.cwd(), *process.environ().values()]
            except psutil.Error:
                continue
            if process.pid != os.getpid() and any(str(self.home) in text for text in told):
                found.append(" ".join(process.cmdline()))
        return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose `up` has run."""
    home = tmp_path_factory.mktemp("whole")
    ports = {name: str(free_port()) for name in PORTS}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        **ports,
        **dict.fromkeys(NOT_SET, ""),
        "ALPHA_VANTAGE_API_KEY": API_KEY,
        "ALPHA_VANTAGE_BASE_URL": f"http://127.0.0.1:{ports['MARKET_PORT']}/query",
        "STOCKLAKE_HOME": str(home),
        "STOCK_SYMBOLS": "AAPL,FB,GOOG,IBM,MSFT",
    }
    running = Stack(home, environment)
    try:
        came_up = running.call("up")
        assert came_up.returncode == 0, came_up.stdout
        (home / "up.txt").write_text(came_up.stdout)
        yield running
    finally:
        running.call("clean", "--force")


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


def test_a_second_run_changes_nothing(stack: Stack) -> None:
    before = stack.query(EVERY_ROW), stack.bronze_objects()

    again = stack.call("run", "--force")

    assert again.returncode == 0, again.stdout
    assert "fetch                    5/5" in again.stdout
    assert "nothing to publish" in again.stdout
    assert (stack.query(EVERY_ROW), stack.bronze_objects()) == before


def test_an_emptied_gold_is_filled_by_the_next_up_without_a_call(stack: Stack) -> None:
    calls = stack.query("select count(*) from ops.api_calls")
    (_, silver) = stack.query(EVERY_ROW)
    # As a crash left it in earlier versions: every table of the star is empty, and the publication a success.
    with psycopg.connect(stack.postgres.url()) as gold:
        tables = "select string_agg('gold.' || tablename, ', ') from pg_tables where schemaname = 'gold'"
        (emptied,) = gold.execute(f"{tables} and tablename <> 'publications'".encode()).fetchone() or ("",)
        gold.execute(f"truncate {emptied}".encode())

    came_up = stack.call("up")

    assert came_up.returncode == 0, came_up.stdout
    assert "5 tickers, 2,525 weeks" in came_up.stdout
    assert stack.query(EVERY_ROW)[1] == silver
    assert stack.query("select count(*) from gold.mart_dividends") != [["0"]]
    assert stack.query("select count(*) from ops.api_calls") == calls


def test_an_unknown_ticker_fails_alone_in_the_words_of_the_source(stack: Stack) -> None:
    ended = stack.call("run", "--symbols", "IBM,NOSUCH", "--force")
    (run,) = stack.query(
        "select status, tickers_failed, tickers_unchanged from ops.pipeline_runs"
        " where pipeline = 'weekly_adjusted_prices' order by started_at desc limit 1"
    )

    assert ended.returncode == 1
    assert "NOSUCH: Invalid API call" in ended.stdout
    assert "fetch                    2/2, 1 failed" in ended.stdout
    assert run == ["failed", "1", "1"]


def test_a_symbol_that_breaks_a_row_rule_stays_as_published_and_is_named(stack: Stack) -> None:
    def change_high(by: str) -> None:
        # As a normalizer with a bug would leave it: silver says that it changed, gold is asked to follow.
        with psycopg.connect(stack.postgres.url()) as silver:
            week = "symbol = 'IBM' and week_ending = '2005-03-04'"
            silver.execute(
                f"update silver.weekly_adjusted_prices set high = high {by}, loaded_at = now() where {week}".encode()
            )
            silver.execute("update silver.loaded_answers set loaded_at = now() where symbol = 'IBM'")

    gold = "select md5(string_agg(fact::text, '' order by symbol, week_ending)) from gold.fact_adjusted_prices as fact"
    before, announced = stack.query(gold), stack.announced_publications()
    change_high("- 50")

    ended = stack.call("run")

    change_high("+ 50")
    said = " ".join(ended.stdout.split())
    assert ended.returncode == 1
    assert "1 symbol was left as published; the others were published. IBM: high_is_not_below_low in the week" in said
    assert "make replay SYMBOLS=IBM" in said
    assert "Nothing was published" not in said
    assert "report_publication 1/1, 1 failed" in said
    assert not re.search(r"dbt (models|checks) \d+/\d+, \d+ failed", said)  # dbt's own tasks stay green
    assert stack.query(gold) == before
    assert len(stack.announced_publications()) == len(announced) + 1
    assert stack.query(
        "select symbol, rule, week_ending, place, ended_at is null from ops.quarantines where place = 'publication'"
    ) == [["IBM", "high_is_not_below_low", "2005-03-04", "publication", "t"]]


NO_COMMENTS = """
    create function public.refuse_comments() returns event_trigger language plpgsql as $$
    begin
        if current_query() like '%"gold"."dim_stock" is%' then raise exception 'no comment today'; end if;
    end $$;
    create event trigger refuse_comments on ddl_command_start when tag in ('COMMENT')
    execute function public.refuse_comments()
"""


def test_what_was_mended_is_published_by_the_next_run_whatever_fails_after_the_commit(stack: Stack) -> None:
    announced = len(stack.announced_publications())
    with psycopg.connect(stack.postgres.url(ADMIN), autocommit=True) as admin:
        admin.execute(NO_COMMENTS)
        ended = stack.call("run")
        admin.execute("drop event trigger refuse_comments; drop function public.refuse_comments()")

    assert ended.returncode == 1
    assert "gold was published" in ended.stdout
    assert "but failed: dbt.dim_stock_run; dim_stock: " in ended.stdout
    assert "no comment today" in ended.stdout
    assert "othing was published" not in ended.stdout
    assert len(stack.announced_publications()) == announced + 1
    assert stack.query("select count(*) from gold.fact_adjusted_prices where high_price < low_price") == [["0"]]
    assert stack.query("select count(*) from ops.quarantines where ended_at is null") == [["0"]]


def test_a_wild_value_is_red_by_name_until_it_is_accepted_and_again_when_that_is_undone(stack: Stack) -> None:
    adjusted = (
        "select adj_close_price from gold.fact_adjusted_prices where symbol = 'FB' and week_ending = '2013-02-15'"
    )
    sound = stack.query(adjusted)
    stack.market.misbehave("wild_value", symbol="FB")

    ended = stack.call("run", "--symbols", "FB,INVENTED-1", "--force")

    said = " ".join(ended.stdout.split())
    assert ended.returncode == 1
    assert "normalize 2/2, 1 failed" in said
    assert "one wild value in the week of 2013-02-15: adjusted close 245397 after " in said
    assert "make accept SYMBOL=FB WEEK=2013-02-15" in said
    assert stack.query(adjusted) == sound
    assert stack.query("select count(*) from gold.fact_adjusted_prices where symbol = 'INVENTED-1'") == [["1300"]]
    spent = stack.market.calls()

    accepted = stack.call("accept", "FB", "2013-02-15")

    assert accepted.returncode == 0, accepted.stdout
    assert "accepted with a close of " in accepted.stdout
    assert stack.query(adjusted) == [["245397.0000"]]
    assert stack.query("select count(*) from ops.quarantines where ended_at is null") == [["0"]]

    withdrawn = stack.call("accept", "FB", "2013-02-15", "--undo")

    assert withdrawn.returncode == 0, withdrawn.stdout
    assert stack.query(adjusted) == sound
    assert stack.query("select symbol, rule from ops.quarantines where ended_at is null") == [["FB", "one_wild_value"]]
    assert stack.market.calls() == spent
    assert stack.call("run", "--symbols", "FB", "--force").returncode == 0  # the source has mended it
    assert stack.query("select count(*) from ops.quarantines where ended_at is null") == [["0"]]


def test_a_second_run_at_the_same_time_waits_for_the_first(stack: Stack) -> None:
    command = [sys.executable, "-m", "include.commands", "run", "--force"]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, env=stack.environment, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert "weekly_adjusted_prices" in first.stdout.readline()  # it has been triggered
        second = stack.call("run")
        first.communicate(timeout=SECONDS)
    overlaps = stack.query(
        "select count(*) from ops.pipeline_runs as one join ops.pipeline_runs as other"
        " on one.pipeline = other.pipeline and one.execution_batch_id < other.execution_batch_id"
        " and one.started_at < other.finished_at and other.started_at < one.finished_at"
    )

    assert (first.returncode, second.returncode) == (0, 0)
    assert "queued behind it" in second.stdout
    assert overlaps == [["0"]]


def test_no_secret_is_in_what_the_runs_left_behind(stack: Stack) -> None:
    known = ensure_credentials(stack.home)
    del known["EMBEDDED_S3_ACCESS_KEY"]  # a login: Airflow shows it beside the connection, as it does a user's name
    secrets = [API_KEY, *(value for value in known.values() if len(value) > 8)]
    logs = [path for folder in ("logs", "airflow/logs", "market") for path in (stack.home / folder).rglob("*.*")]
    told = {str(path): path.read_text(errors="replace") for path in logs if path.is_file()}
    told |= {path: gzip.decompress((stack.home / path).read_bytes()).decode() for path in stack.bronze_objects()}
    # XComs, rendered templates, runs and their parameters; what silver, gold and ops say.
    told |= _dump(stack.postgres.url("airflow", "airflow")) | _dump(stack.postgres.url())

    assert len(secrets) > 6
    assert len(told) > 100
    assert {"public.xcom", "public.rendered_task_instance_fields", "ops.api_calls"} <= told.keys()
    assert [name for name, text in told.items() for secret in secrets if secret in text or secret in name] == []


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


def test_down_leaves_no_process(stack: Stack) -> None:
    assert stack.processes()

    assert stack.call("down").returncode == 0

    assert stack.processes() == []
