"""`make test-stacks`: dbt is killed in a publication that three runs wait for: each is told what became of it."""

import re
from dataclasses import dataclass

import psutil
import psycopg
import pytest

from include.local_stack.service import wait_until
from tests.airflow_stack.faults import OPEN_QUARANTINES, PRICE, Ended, Faults
from tests.airflow_stack.stack import Stack, ended

pytestmark = pytest.mark.slow("runs the pipeline three times with Airflow, and publishes gold twice, once in vain")
SECONDS = 900  # for three runs of the pipeline; minutes only where many tests share two cores
BEHIND = ("FB,INVENTED-2", "INVENTED-3", "INVENTED-4")  # of FB the source has mended the wild value
WAITING = "select client_port from pg_stat_activity where application_name = 'dbt' and wait_event_type = 'Lock'"
ENDED = "select run_id from dag_run where dag_id = 'weekly_adjusted_prices' and state = 'success'"
NEWEST_PUBLICATION = "select run_id from dag_run where dag_id = 'gold_star_schema' order by start_date desc limit 1"


@dataclass(frozen=True)
class Killed:
    """How the withdrawal ended whose dbt was killed, its publication, and how the runs ended that were behind it.

    Before these: the calls that the withdrawal made, what it left quarantined, the publications announced until then.
    """

    withdrawn: Ended
    publication: str
    runs: list[Ended]
    calls: int
    quarantined: list[list[str]]
    announced: int


@pytest.fixture(scope="module")
def killed(stack: Stack, accepted: Ended) -> Killed:
    """dbt waits for a table, and is killed there, when three runs have changed silver behind it."""
    del accepted
    calls, ended_before = stack.market.calls(), len(stack.ask_airflow(ENDED))
    with psycopg.connect(stack.postgres.url()) as holder:
        holder.execute("lock table audit.quarantined in access exclusive mode")
        withdrawing = stack.begin("accept", "FB", "2013-02-15", "--undo")
        dbt = waiting_dbt(stack)
        before = stack.market.calls() - calls, stack.query(OPEN_QUARANTINES), len(stack.announced_publications())
        (publication,) = stack.ask_airflow(NEWEST_PUBLICATION)
        behind = [stack.begin("run", "--symbols", symbols, "--force") for symbols in BEHIND]
        assert wait_until(lambda: len(stack.ask_airflow(ENDED)) == ended_before + len(behind), seconds=SECONDS)
        dbt.kill()
    return Killed(ended(withdrawing), publication, [ended(run) for run in behind], *before)


def waiting_dbt(stack: Stack) -> psutil.Process:
    """The process of dbt, once it waits for a lock."""
    with psycopg.connect(stack.postgres.url(), autocommit=True) as warehouse:
        assert wait_until(lambda: warehouse.execute(WAITING).fetchone() is not None, seconds=SECONDS)
        ports = {port for (port,) in warehouse.execute(WAITING).fetchall()}
    processes = stack.session_processes()
    return next(each for each in processes for found in each.net_connections("tcp") if found.laddr.port in ports)


def test_a_killed_dbt_is_reported_as_killed(killed: Killed) -> None:
    said = " ".join(killed.withdrawn.stdout.split())

    assert killed.withdrawn.returncode == 1, said
    assert "nothing was published, dbt was killed (the log of dbt.dbt_producer_watcher names the signal" in said
    assert "before it had ended, as when memory runs out" in said
    assert "run it again" in said
    assert f"/runs/{killed.publication}" in said


def test_runs_behind_one_publication_follow_the_one_that_takes_up_their_rows(stack: Stack, killed: Killed) -> None:
    followed = [re.findall(r"gold_star_schema +\S+/runs/(\S+)", run.stdout) for run in killed.runs]

    assert [run.returncode for run in killed.runs] == [0, 0, 0], killed.runs
    assert followed == [stack.ask_airflow(NEWEST_PUBLICATION)] * 3
    for run in killed.runs:
        ahead = f"{killed.publication} of gold_star_schema is under way"
        assert f"{ahead}: the next run of it publishes what this one changed." in " ".join(run.stdout.split())
        assert re.search(r"report_publication +done ", run.stdout)
        assert "no run of it began" not in run.stdout


def test_the_next_publication_brings_what_the_killed_one_had_not(stack: Stack, faults: Faults, killed: Killed) -> None:
    assert stack.query(PRICE) == faults.price  # the withdrawn value left gold again, without a call
    assert (killed.calls, killed.quarantined) == (0, [["FB", "one_wild_value"]])
    assert stack.query(OPEN_QUARANTINES) == []
    assert len(stack.announced_publications()) == killed.announced + 1
    assert stack.query(
        "select symbol, count(*) from gold.fact_adjusted_prices where symbol like 'INVENTED-%' group by 1 order by 1"
    ) == [["INVENTED-1", "1300"], ["INVENTED-2", "1300"], ["INVENTED-3", "1300"], ["INVENTED-4", "1300"]]
