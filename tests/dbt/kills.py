"""What is killed, when, and while what kind of build is at work; and what must hold afterwards.

Postgres is durable here: the suite's own server never waits for the disk, so a kill would lose committed rows.
"""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import psycopg

from include.gold.dbt_environment import DBT_PROJECT
from include.local_stack.credentials import ensure_credentials
from include.local_stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from tests.conftest import free_port
from tests.databases import copy_database
from tests.dbt.dbt_process import DbtProcess, Point
from tests.dbt.gold import Gold
from tests.dbt.parsed_project import DATABASE, PARSED, parse
from tests.dbt.weeks import series

RECOVERY_SECONDS = 60
VICTIMS = ("backend", "postmaster", "dbt", "worker")
KINDS = ("first", "full refresh", "changed formula", "incremental")
# A class of boundary by the first word. Within the publication, dbt is stopped just before it sends the statement.
POINTS = {
    "before the first candidate": Point("NodeStart", "int_changed_weeks"),
    "before the fact": Point("NodeStart", "computed_weeks"),
    "after changed_weeks": Point("NodeFinished", "int_changed_weeks"),
    "after the fact": Point("NodeFinished", "computed_weeks"),
    "between the last check and the publication": Point("NodeStart", "publications"),
    "within, before the proof": Point("SQLQuery", "publications", "lock table audit."),
    "within, before the fact is published": Point("SQLQuery", "publications", "'fact_adjusted_prices'"),
    "within, before the commit": Point("SQLCommit", "publications"),
}
OLDER = (*series("AAPL", range(60)), *series("IBM", range(60), dividends={20: "0.5"}), *series("GONE", range(60)))
# A dividend restates a whole history, a stock is new, another is gone.
NEWER = (
    *series("AAPL", range(60)),
    *series("IBM", range(61), dividends={20: "0.5", 60: "1"}),
    *series("NEW", range(60)),
)


@dataclass(frozen=True)
class Kill:
    """One combination."""

    victim: str
    kind: str
    point: str

    def __str__(self) -> str:
        return f"{self.victim} killed in a {self.kind} build {self.point}"


EVERY_KILL = tuple(Kill(*chosen) for chosen in product(VICTIMS, KINDS, POINTS))
# Each victim and each kind once, each class of boundary at least once.
CHOSEN_KILLS = (
    Kill("backend", "incremental", "between the last check and the publication"),
    Kill("postmaster", "first", "after changed_weeks"),
    Kill("dbt", "full refresh", "within, before the fact is published"),
    Kill("worker", "changed formula", "before the first candidate"),
)


@dataclass(frozen=True)
class Killing:
    """A durable server, two states of the project, and what gold holds before and after an undisturbed build."""

    server: EmbeddedPostgres
    as_published: Gold
    changed: Gold
    last: Mapping[str, list[str]]
    next: Mapping[str, list[str]]
    next_by_changed_formula: Mapping[str, list[str]]

    def check(self, kill: Kill) -> None:
        """Kill, and see that gold is the last publication or the next one, and that the next build is undisturbed."""
        gold = self.changed if kill.kind == "changed formula" else self.as_published
        expected = self.next_by_changed_formula if kill.kind == "changed formula" else self.next
        options = ("--full-refresh",) if kill.kind == "full refresh" else ()
        is_first = kill.kind == "first"
        copy_database(self.server, "silver_alone" if is_first else "published", DATABASE)
        with gold.held(POINTS[kill.point], *options) as build:
            getattr(self, f"_kill_{kill.victim}")(build)
            build.end()
        # Before the commit, so nothing of the killed build may be seen.
        assert _publications(gold) == (0 if is_first else 1), kill
        assert is_first or gold.contents() == self.last, kill

        said = gold.publish()

        assert said["publications"] == "success", kill
        assert _publications(gold) == (1 if is_first else 2), kill
        assert gold.contents() == expected, kill

    def _kill_backend(self, build: DbtProcess) -> None:
        del build
        # Any backend: Postgres ends all others too, for one that dies may have harmed what they share.
        with psycopg.connect(self.as_published.url) as bystander:
            os.kill(bystander.info.backend_pid, signal.SIGKILL)
            self._wait_until_down(bystander)
        self._wait_until_up()

    def _kill_postmaster(self, build: DbtProcess) -> None:
        del build
        with psycopg.connect(self.as_published.url) as bystander:
            os.kill(
                int((self.server.folder.resolve() / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL
            )
            self._wait_until_down(bystander)
        self.server.start()  # as the supervisor does

    def _kill_dbt(self, build: DbtProcess) -> None:
        build.kill_dbt()

    def _kill_worker(self, build: DbtProcess) -> None:
        build.kill_worker()

    def _wait_until_down(self, bystander: psycopg.Connection) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline:
            try:
                bystander.execute("select 1")
            except psycopg.OperationalError:
                return
            time.sleep(0.05)
        raise AssertionError("the server survived")

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                return psycopg.connect(self.as_published.url).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "the server does not recover"
            time.sleep(0.05)


@contextmanager
def killing(folder: Path) -> Iterator[Killing]:
    """Start the durable server, publish, and note what an undisturbed build makes of a newer state of silver."""
    home = folder / "durable"
    home.mkdir()
    server = EmbeddedPostgres(home, free_port(), ensure_credentials(home))
    try:
        server.start()
        yield _prepare(server, folder)
    finally:
        server.remove()


def _prepare(server: EmbeddedPostgres, folder: Path) -> Killing:
    copy_database(server, "template1", DATABASE)
    url = server.url("stocklake", DATABASE)
    migrate(url)
    parse(DBT_PROJECT, folder)
    as_published = Gold(url, folder, parsed=folder / PARSED)
    changed = as_published.with_project_in(folder)
    macro = changed.project / "macros/formulas/percent_change.sql"
    macro.write_text(macro.read_text().replace("100 * (", "101 * ("))

    as_published.write(*NEWER)
    copy_database(server, DATABASE, "silver_alone")
    as_published.execute("truncate silver.weekly_adjusted_prices")
    as_published.write(*OLDER)
    as_published.publish()
    last = as_published.contents()
    as_published.execute("truncate silver.weekly_adjusted_prices")
    as_published.write(*NEWER)
    copy_database(server, DATABASE, "published")
    as_published.publish()
    published = as_published.contents()
    changed.publish()
    return Killing(server, as_published, changed, last=last, next=published, next_by_changed_formula=changed.contents())


def _publications(gold: Gold) -> int:
    if gold.execute("select to_regclass('gold.publications') is null") == [(True,)]:
        return 0
    ((count,),) = gold.execute("select count(*)::int from gold.publications")
    assert isinstance(count, int)
    return count
