"""Who holds up a writer is ended when it is a reader, and nobody else."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from structlog.testing import capture_logs

from include import steps
from include.gold.cosmos_callbacks import prepare_dbt
from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.settings import Settings
from include.warehouse.blockers import Patience, ReaderWatch, readers_give_way, shown
from include.warehouse.migrate import migrate

SHORT = Patience(seconds=0.1, waits=3)
WAIT_SECONDS = 20
TABLES = ("one", "two")
SECRET = "hunter2"


@pytest.fixture
def tables(warehouse_url: str) -> Iterator[str]:
    """The warehouse with two tables that anybody reads and the owner replaces."""
    with psycopg.connect(warehouse_url, autocommit=True) as owner:
        for table in TABLES:
            owner.execute(f"create table gold.{table} (a int)".encode())
        yield warehouse_url
        for table in TABLES:
            owner.execute(f"drop table gold.{table}".encode())


@contextmanager
def transaction(url: str, *statements: str) -> Iterator[psycopg.Connection]:
    """A session with an open transaction, which this test may find ended."""
    connection = psycopg.connect(url, application_name="a notebook")
    for statement in statements:
        connection.execute(statement.encode())
    try:
        yield connection
    finally:
        connection.close()


def replace_table(url: str, table: str = "one") -> None:
    """What dbt and the migrations do: it needs the table for itself."""
    with psycopg.connect(url) as writer:
        writer.execute(f"set local statement_timeout = '{WAIT_SECONDS}s'".encode())
        writer.execute(f"alter table gold.{table} add column b{time.monotonic_ns()} int".encode())


def is_open(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("select")
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("role", ["analyst", "reader"])
def test_a_reader_in_the_way_is_ended_at_the_third_look(postgres: EmbeddedPostgres, tables: str, role: str) -> None:
    query = f"select a from gold.one where '{SECRET}' <> ''"
    with transaction(postgres.url(role), query) as reader, capture_logs() as logs:
        started = time.monotonic()
        with readers_give_way(tables, SHORT):
            replace_table(tables)

        assert time.monotonic() - started >= 2 * SHORT.seconds
        assert not is_open(reader)
        assert [line["session"].split(",")[0] for line in logs if "session" in line] == [f"{role} (a notebook)"]
    with psycopg.connect(tables) as owner:
        found = owner.execute(
            "select role, application, query, held, transaction_at > connected_at from ops.ended_sessions"
        )
        masked = query.replace(SECRET, "…").replace("''", "'…'")
        assert found.fetchall() == [(role, "a notebook", masked, "gold.one", True)]
    assert SECRET not in str(logs)


def test_a_long_query_is_ended_too(postgres: EmbeddedPostgres, tables: str) -> None:
    with transaction(postgres.url("analyst")) as reader:
        ended: list[str] = []

        def ask() -> None:
            try:
                reader.execute("select count(*), pg_sleep(60) from gold.one")
            except psycopg.OperationalError as error:
                ended.append(str(error))

        asking = threading.Thread(target=ask)
        asking.start()
        _wait_for(tables, "select from pg_stat_activity where wait_event = 'PgSleep'")
        with readers_give_way(tables, SHORT):
            replace_table(tables)
        asking.join(timeout=WAIT_SECONDS)

    assert "terminating connection" in ended[0]


def test_a_reader_in_nobodys_way_is_left_alone(postgres: EmbeddedPostgres, tables: str) -> None:
    with transaction(postgres.url("analyst"), "select from gold.two") as reader, readers_give_way(tables, SHORT):
        replace_table(tables)
        time.sleep(5 * SHORT.seconds)

        assert is_open(reader)


@pytest.mark.parametrize("role", [ADMIN, "stocklake"])
def test_who_is_no_reader_is_waited_for(postgres: EmbeddedPostgres, tables: str, role: str) -> None:
    with transaction(postgres.url(role), "select from gold.one") as other, capture_logs() as logs:
        writer = threading.Thread(target=replace_table, args=[tables])
        with readers_give_way(tables, SHORT):
            writer.start()
            time.sleep(10 * SHORT.seconds)

            assert writer.is_alive()
            assert is_open(other)
            other.rollback()
            writer.join(timeout=WAIT_SECONDS)
    named = [line["session"] for line in logs if "no reader" in line["event"]]
    assert [line.split(",")[0] for line in named] == ([f"{ADMIN} (a notebook)"] if role == ADMIN else [])


def test_a_reader_behind_another_session_is_found(postgres: EmbeddedPostgres, tables: str) -> None:
    # The owner waits for the administrator's vacuum, which waits for the reader.
    with transaction(postgres.url("reader"), "select from gold.one") as reader:
        vacuum = threading.Thread(target=_vacuum_full, args=[postgres.url(ADMIN, "stocks_dwh")])
        vacuum.start()
        _wait_for(tables, "select from pg_locks where not granted")
        with readers_give_way(tables, SHORT), psycopg.connect(tables) as writer:
            writer.execute(f"set local statement_timeout = '{WAIT_SECONDS}s'".encode())
            writer.execute("insert into gold.one values (1)")
        vacuum.join(timeout=WAIT_SECONDS)

        assert not is_open(reader)


def test_a_role_that_begins_anew_has_used_up_its_patience(postgres: EmbeddedPostgres, tables: str) -> None:
    patience = Patience(seconds=0.5, waits=5)
    took = []
    with readers_give_way(tables, patience):
        for _ in range(2):
            with transaction(postgres.url("analyst"), "select from gold.one") as reader:
                started = time.monotonic()
                replace_table(tables)
                took.append(time.monotonic() - started)
                assert not is_open(reader)

    assert took[0] >= 4 * patience.seconds
    assert took[1] < 4 * patience.seconds


def test_the_writer_wins_where_both_wait_for_each_other(postgres: EmbeddedPostgres, tables: str) -> None:
    longer = Patience(seconds=0.7, waits=3)  # than the second after which Postgres ends one of the two
    with transaction(postgres.url("analyst"), "select from gold.two") as reader, readers_give_way(tables, longer):
        with psycopg.connect(tables) as writer:
            writer.execute("alter table gold.one add column b int")
            blocked = threading.Thread(target=_is_refused, args=[reader, "select from gold.one"])
            blocked.start()
            _wait_for(postgres.url(ADMIN, "stocks_dwh"), "select from pg_locks where not granted")
            time.sleep(1.2)  # now the reader has looked for a deadlock, and the next to look is the writer
            writer.execute("alter table gold.two add column b int")
        blocked.join(timeout=WAIT_SECONDS)

        assert not is_open(reader)


def test_without_membership_the_statement_that_helps_is_named(postgres: EmbeddedPostgres, tables: str) -> None:
    with psycopg.connect(postgres.url(ADMIN), autocommit=True) as admin:
        admin.execute("revoke analyst from stocklake")
        try:
            with transaction(postgres.url("analyst"), "select from gold.one") as reader, capture_logs() as logs:
                writer = threading.Thread(target=replace_table, args=[tables])
                writer.start()
                with readers_give_way(tables, SHORT):
                    time.sleep(10 * SHORT.seconds)
                assert is_open(reader)
                reader.rollback()
                writer.join(timeout=WAIT_SECONDS)
                migrate(tables)
        finally:
            admin.execute("grant analyst to stocklake with admin option")
    assert {line["let_it_be_ended_by"] for line in logs if "session" in line} == {'grant "analyst" to "stocklake"'}
    assert [line["statements"] for line in logs if "statements" in line] == ['grant "analyst" to "stocklake"']


def test_a_server_that_was_away_is_watched_again(postgres: EmbeddedPostgres, tables: str) -> None:
    ours = "pid <> pg_backend_pid() and application_name = 'stocklake'"
    with readers_give_way(tables, SHORT), transaction(postgres.url("analyst"), "select from gold.one") as reader:
        _wait_for(tables, f"select from pg_stat_activity where {ours}")
        with psycopg.connect(tables) as owner:
            owner.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {ours}".encode())
        replace_table(tables)

        assert not is_open(reader)


def test_a_migration_is_not_held_up(postgres: EmbeddedPostgres, tables: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(postgres.url("analyst"), "select from gold.one") as reader:
        monkeypatch.setattr("include.warehouse.migrate.command.upgrade", lambda *_: replace_table(tables))

        migrate(tables, SHORT)

        assert not is_open(reader)


@pytest.mark.usefixtures("settings")
def test_the_task_that_runs_dbt_watches_and_the_report_names_who_was_ended(
    postgres: EmbeddedPostgres, tables: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = "gold_star_schema:run-1"
    watches: list[ReaderWatch] = []
    start: Callable[[ReaderWatch], None] = ReaderWatch.start
    monkeypatch.setattr(ReaderWatch, "start", lambda watch: (watches.append(watch), start(watch)))
    monkeypatch.setattr(os, "environ", dict(os.environ))  # which it adds to
    with psycopg.connect(settings.warehouse.url) as owner:
        owner.execute(
            "insert into ops.pipeline_runs (execution_batch_id, pipeline, status, market_at)"
            " values (%s, 'gold_star_schema', 'running', now())",
            (batch,),
        )
    task = type("Task", (), {"xcom_push": lambda *_, **_said: None})()
    prepare_dbt({"ti": task}, type("Operator", (), {})(), patience=SHORT)
    with transaction(postgres.url("reader"), "select from gold.one"):
        replace_table(tables)
    watches[0].stop()

    with capture_logs() as logs:
        steps.report_publication(batch, error="dbt was left out")

    [named] = [line["session"] for line in logs if "session" in line]
    assert named.startswith("reader (a notebook), connected since ")
    assert named.endswith("held gold.one; its last query: select from gold.one")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select 1", "select 1"),
        ("select\n  'a''b', 2", "select '…', 2"),
        ("alter role analyst password 'hunter2'", "alter role analyst password '…'"),
        (r"select E'a\'b', 'c'", "select '…', '…'"),
        ("select $$hunter2$$, $tag$ a $$ b $tag$, $1", "select '…', '…', $1"),
        ("select 'cut off by the serv", "select '…'"),
        ("select \x1b[31m1", "select [31m1"),
        ("select " + "a, " * 300, "select " + "a, " * 64 + "…"),
    ],
)
def test_a_query_is_shown_in_one_line_without_its_literals(query: str, words: str) -> None:
    assert shown(query) == words


def _vacuum_full(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("vacuum full gold.one")


def _is_refused(connection: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.Error):
        connection.execute(statement.encode())


def _wait_for(url: str, statement: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    with psycopg.connect(url, autocommit=True) as watcher:
        while time.monotonic() < deadline:
            if watcher.execute(statement.encode()).fetchall():
                return
            time.sleep(0.02)
    raise AssertionError(f"in vain: {statement}")
