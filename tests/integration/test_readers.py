"""What a reading role may take and hold, and what it changes of itself."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from include import steps
from include.errors import SettingsError
from include.local_stack.postgres import ADMIN, MOST_CONNECTIONS, EmbeddedPostgres
from include.settings import PROJECT_ROOT, Settings, get_settings
from include.warehouse import migrate as migrations
from include.warehouse.readers import CONNECTIONS, READERS, SCHEMAS, administrators_statements, missing_statements
from include.warehouse.restore_readers import restore_readers
from include.warehouse.roles import ensure_roles

WRITABLE = "-c default_transaction_read_only=off"
AIRFLOWS_POOLS, TASKS_AND_DBT, RESERVED = 4 * 15, 16, 3
# As anybody may who knows the password that the role has.
CHANGES = (
    "alter role analyst set statement_timeout = 1",
    "alter role analyst in database stocks_dwh set search_path = pg_catalog",
    "alter role analyst set role = stocklake",
    "alter role analyst reset default_transaction_read_only",
    "alter role analyst set local_preload_libraries = 'nothing'",  # nobody logs in any more
    "drop owned by analyst",  # what is made from now on is not his to read
    "alter role analyst password 'mine alone'",
)
STATE = """
select array_agg(xmin::text order by oid) from pg_authid
union all select array_agg(xmin::text order by setrole, setdatabase) from pg_db_role_setting
union all select array_agg(xmin::text order by oid) from pg_default_acl
"""


@pytest.fixture
def own_postgres(postgres: EmbeddedPostgres, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings whose warehouse is the stack's own Postgres; what the test changes of its roles is restored."""
    del settings
    for name in ("DB_URL", "ANALYST_DB_URL", "READER_DB_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("POSTGRES_PORT", str(postgres.port))
    monkeypatch.setenv("ALPHA_VANTAGE_API_KEY", "K3Y")  # the live market's clock is the wall's
    get_settings.cache_clear()
    yield get_settings()
    restore_readers(get_settings())


def _change_everything(url: str) -> None:
    with psycopg.connect(url, autocommit=True, options=WRITABLE) as analyst:
        for change in CHANGES:
            analyst.execute(change.encode())


def test_one_role_cannot_take_the_connections_of_the_others(postgres: EmbeddedPostgres) -> None:
    with ExitStack() as taken:
        refused = 0
        for _ in range(88):
            try:
                taken.enter_context(psycopg.connect(postgres.url("analyst")))
            except psycopg.OperationalError as error:
                assert "too many connections for role" in str(error)
                refused += 1

        assert refused == 88 - CONNECTIONS
        for role, database in (("reader", "stocks_dwh"), ("stocklake", "stocks_dwh"), ("airflow", "airflow")):
            psycopg.connect(postgres.url(role, database)).close()


def test_all_limits_together_leave_room_for_airflow_and_the_pipeline() -> None:
    taken = CONNECTIONS * len(READERS)

    assert taken + AIRFLOWS_POOLS + TASKS_AND_DBT + RESERVED <= MOST_CONNECTIONS


@pytest.mark.parametrize("role", READERS)
def test_a_reader_cannot_fill_the_disk(postgres: EmbeddedPostgres, role: str) -> None:
    with psycopg.connect(postgres.url(ADMIN), autocommit=True) as admin:
        admin.execute(f"alter role {role} set temp_file_limit = '2MB'".encode())
        try:
            with psycopg.connect(postgres.url(role), autocommit=True, options=WRITABLE) as reader:
                for undo in ("set temp_file_limit = -1", f"alter role {role} reset temp_file_limit"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        reader.execute(undo.encode())
                reader.execute(f"alter role {role} reset all".encode())
                reader.execute("set work_mem = '64kB'")
                with pytest.raises(psycopg.errors.ConfigurationLimitExceeded, match="temp_file_limit"):
                    reader.execute(
                        "declare held cursor with hold for select repeat('x', 99) from generate_series(1, 1e5)"
                    )
        finally:
            ensure_roles(postgres.url(ADMIN, "postgres"), {"stocklake": postgres.passwords["STOCKLAKE_DB_PASSWORD"]})
    with psycopg.connect(postgres.url(role)) as reader:
        assert reader.execute("show temp_file_limit").fetchone() == (READERS[role],)


@pytest.mark.parametrize(
    "statement",
    [
        "select pg_advisory_lock(7242002)",
        "select pg_try_advisory_xact_lock(number) from generate_series(1, 1000000) as number",
        "select pg_logical_emit_message(false, 'fill', 'the log')",
        "select pg_notify('fill', 'the queue')",
        "select from ops.symbol_locks for share",
        "alter role reader set statement_timeout = 1",
        "alter role analyst connection limit -1",
    ],
)
def test_what_a_reader_could_hold_or_change_is_refused(postgres: EmbeddedPostgres, statement: str) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(postgres.url("analyst"), options=WRITABLE) as analyst, refused:
        analyst.execute(statement.encode())


def test_what_a_reader_changed_of_itself_is_undone_before_a_publication(
    postgres: EmbeddedPostgres, own_postgres: Settings
) -> None:
    with psycopg.connect(postgres.url(ADMIN, "stocks_dwh"), autocommit=True) as admin:
        restore_readers(own_postgres)
        _change_everything(own_postgres.warehouse.analyst_url)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(own_postgres.warehouse.analyst_url)

        steps.begin_publication("gold_star_schema:run-1")

        with psycopg.connect(own_postgres.warehouse.analyst_url) as analyst:
            shown = [
                analyst.execute(f"show {name}".encode()).fetchone() for name in ("statement_timeout", "search_path")
            ]
            assert shown == [("0",), ('"$user", public',)]
            assert analyst.execute("show default_transaction_read_only").fetchone() == ("on",)
        with psycopg.connect(own_postgres.warehouse.url) as owner:
            owner.execute("create table audit.made_later ()")
            assert owner.execute("select has_table_privilege('analyst', 'audit.made_later', 'select')").fetchone() == (
                True,
            )
            owner.rollback()
        before = admin.execute(STATE).fetchall()
        assert restore_readers(own_postgres) == []
        assert admin.execute(STATE).fetchall() == before


def test_a_reader_without_a_free_connection_keeps_its_password(own_postgres: Settings) -> None:
    with ExitStack() as taken:
        for _ in range(CONNECTIONS):
            taken.enter_context(psycopg.connect(own_postgres.warehouse.analyst_url))

        assert restore_readers(own_postgres) == []


def test_what_cannot_be_restored_does_not_stop_the_publication(
    postgres: EmbeddedPostgres, own_postgres: Settings
) -> None:
    _change_everything(own_postgres.warehouse.analyst_url)
    with psycopg.connect(postgres.url(ADMIN), autocommit=True) as admin:
        admin.execute("alter role stocklake nocreaterole")
        try:
            with capture_logs() as logs:
                steps.begin_publication("gold_star_schema:run-1")
        finally:
            admin.execute("alter role stocklake createrole")
    assert ["permission denied" in line["error"] for line in logs if line["event"] == "restore_readers"] == [True]


def test_on_a_postgres_of_others_roles_are_their_administrators(
    settings: Settings, postgres: EmbeddedPostgres, own_postgres: Settings
) -> None:
    _change_everything(postgres.url("analyst"))

    undone = restore_readers(settings)  # these name the warehouse by DB_URL

    assert undone == [f"what analyst may read in {schema}" for schema in SCHEMAS]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.url("analyst"))
    assert "the password of analyst" in restore_readers(own_postgres)


def test_a_missing_role_is_named_with_the_statement_that_makes_it(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "READERS", READERS | {"nobody_yet": READERS["reader"]})

    with pytest.raises(SettingsError, match="create role nobody_yet login"):
        migrations.migrate(warehouse_url)


def test_a_missing_limit_is_named_with_its_statement(postgres: EmbeddedPostgres, warehouse_url: str) -> None:
    with psycopg.connect(postgres.url(ADMIN), autocommit=True) as admin, psycopg.connect(warehouse_url) as owner:
        assert missing_statements(owner) == []
        admin.execute("alter role reader connection limit -1")
        admin.execute("alter role reader reset temp_file_limit")
        try:
            with capture_logs() as logs:
                migrations.migrate(warehouse_url)
            statements = missing_statements(owner)
            assert [line["statements"] for line in logs] == ["; ".join(statements)]
            for statement in statements:
                admin.execute(statement.encode())
            assert len(statements) == 2
            assert missing_statements(owner) == []
        finally:
            ensure_roles(postgres.url(ADMIN, "postgres"), {"stocklake": postgres.passwords["STOCKLAKE_DB_PASSWORD"]})


def test_the_settings_page_has_every_statement_for_an_administrator() -> None:
    page = Path(PROJECT_ROOT / ".github/docs/settings.md").read_text()

    for role in READERS:
        for statement in administrators_statements(role, "stocklake").values():
            assert f"{statement.as_string().replace(chr(34), '')};" in page
