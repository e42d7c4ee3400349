"""A publication comes to its end whatever readers leave open: the real `dbt build`, as `make dbt-run` begins it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from include.gold import dbt_shell
from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.settings import get_settings
from include.warehouse.blockers import Patience
from tests.dbt.gold import MARKET_NOW, PUBLICATION, Gold
from tests.dbt.weeks import series

pytestmark = pytest.mark.slow("publishes twice, once as the shell does")

SHORT = Patience(seconds=0.2, waits=3)
BATCH = "dbt_run:2013-03-02T12:00:00Z"
LEFT_OPEN = {
    "analyst": ("staging.stg_weekly_adjusted_prices", "audit.computed_weeks", "gold.dim_date"),
    "reader": ("audit.published_fingerprints", "gold.mart_volatility"),
}
UNREADABLE = """
select relname from pg_class
where relkind in ('r', 'v') and not has_table_privilege('{role}', oid, 'select')
and relnamespace::regnamespace::text in ('staging', 'audit', 'gold', 'silver', 'ops')
"""


@pytest.fixture
def shell(gold: Gold, dbt_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gold]:
    """A published gold, and a shell whose settings lead to it."""
    gold.write(*series("IBM", range(60)))
    gold.publish()
    environment = {
        "DB_URL": gold.url,
        "DBT_PACKAGES_DIR": str(gold.packages),
        "DBT_TARGET_PATH": str(dbt_folder),
        "DBT_LOG_PATH": str(dbt_folder),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    variables = {"execution_batch_id": BATCH, "market_now": MARKET_NOW, "is_sample_market": True}
    monkeypatch.setattr(dbt_shell, "_variables_of_the_shell", lambda _: variables)
    monkeypatch.setattr(dbt_shell, "ensure_packages", lambda _: None)
    get_settings.cache_clear()
    yield gold
    get_settings.cache_clear()


def test_a_build_ends_the_readers_in_its_way_and_no_other_session(postgres: EmbeddedPostgres, shell: Gold) -> None:
    database = str(conninfo_to_dict(shell.url)["dbname"])
    shell.write(*series("IBM", range(61)))
    shell.execute("alter table gold.dim_date drop column quarter")  # so that gold itself is altered …
    shell.execute("alter table gold.mart_volatility drop column universe_median_pct")  # … as by a newer contract

    with ExitStack() as sessions:
        readers = [
            _open(sessions, postgres.url(role, database), f"select from {table}")
            for role, tables in LEFT_OPEN.items()
            for table in tables
        ]
        bystanders = [
            _open(sessions, postgres.url("analyst", database), "select pg_advisory_lock(7242002)"),
            _open(sessions, postgres.url("analyst", database), "select from silver.weekly_adjusted_prices"),
            _open(sessions, postgres.url(ADMIN, database), "select from gold.publications"),
        ]

        code = dbt_shell.run_dbt(["build", *PUBLICATION], SHORT)

        assert code == 0
        assert [_is_open(session) for session in readers] == [False] * 5
        assert [_is_open(session) for session in bystanders] == [True] * 3
    assert shell.last_publication()["execution_batch_id"] == BATCH
    assert shell.execute("select count(*), count(quarter) from gold.dim_date") == [(61, 61)]
    ended = shell.execute("select role, held from ops.ended_sessions order by role, held")
    assert ended == [(role, table) for role, tables in LEFT_OPEN.items() for table in sorted(tables)]
    for role in LEFT_OPEN:  # what was replaced is theirs to read again
        assert shell.execute(UNREADABLE.format(role=role)) == []


def _open(sessions: ExitStack, url: str, statement: str) -> psycopg.Connection:
    session = psycopg.connect(url)
    sessions.callback(session.close)
    session.execute(statement.encode())
    return session


def _is_open(session: psycopg.Connection) -> bool:
    try:
        session.execute("select")
    except psycopg.OperationalError:
        return False
    return True
