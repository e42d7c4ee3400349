"""`make test-stacks`: another user's stack, with a key of the live market, beside the first, each in nobody's way.

The key is in nothing that its runs leave behind, in nothing that was printed or shows of processes.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.airflow_stack.another_user import ENVIRONMENT, another_user, copy_project
from tests.airflow_stack.left_behind import everything_that_is_left, generated_secrets, where_it_shows
from tests.airflow_stack.stack import Stack, free_ports
from tests.market_server import MarketServer

API_KEY = "K3Y0FAUSER1NTESTS"
pytestmark = pytest.mark.slow("starts a second stack, whose market is the live one")


@pytest.fixture(scope="module")
def live_stack(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a key, whose source is on loopback, as a caching proxy is, and once repeats the key in a notice.

    It is another user's where the caller may make one, in a path with spaces, without a HOME, with LANG=C, in Tokyo;
    the first stack runs on beside it.
    """
    del stack
    folder = tmp_path_factory.mktemp("live")
    project = copy_project(folder / "theirs")
    with MarketServer(folder / "source") as source, another_user(project.parent) as through:
        source.inject_fault("quota_spent", symbol="MSFT")
        settings = {
            "ALPHA_VANTAGE_API_KEY": API_KEY,
            "ALPHA_VANTAGE_BASE_URL": source.query_url,
            "STOCK_SYMBOLS": "IBM,MSFT",
            "PIPELINE": "weekly",  # of several that run at once any may be the one that is told the notice
            "TICKERS_PER_TASK": "2",  # one after the other: the notice ends the day
        }
        started = Stack(project / ".stocklake", ENVIRONMENT | free_ports() | settings, through)
        try:
            (folder / "up.txt").write_text(started.make("up").stdout)
            yield started
        finally:
            started.call("clean", "--force")


def test_the_key_of_the_live_market_is_nowhere(live_stack: Stack) -> None:
    told = everything_that_is_left(live_stack)
    assert len(told) > 80
    told |= {"processes": "\n".join(" ".join(_arguments(process)) for process in psutil.process_iter())}
    said = printed_by_up(live_stack)  # which also shows Airflow's login

    assert "live market" in said, said
    assert "market" not in live_stack.starts()  # no server of the stack stands in for it
    assert len(live_stack.bronze_objects()) == 1
    assert "our standard API rate limit is 25 requests per day" in told["ops.api_calls"]
    assert "********" in told["ops.api_calls"]
    assert live_stack.query("select is_sample from ops.market") == [["f"]]
    assert where_it_shows(told, API_KEY, *generated_secrets(live_stack)) == []
    assert API_KEY not in said


def test_two_stacks_run_side_by_side_and_read_the_same_weeks(stack: Stack, live_stack: Stack) -> None:
    weeks = (
        "select count(*), min(week_ending), max(price_date), count(*) filter (where is_complete_week)"
        " from gold.fact_adjusted_prices where symbol = 'IBM'"
    )

    assert live_stack.query(weeks) == stack.query(weeks)
    for each in (stack, live_stack):
        ended = each.call("status")
        assert (ended.returncode, "silent" in ended.stdout) == (0, False), ended.stdout


def test_make_works_in_a_path_with_spaces_without_a_home(live_stack: Stack) -> None:
    assert "✓ Dashboard" in printed_by_up(live_stack)
    assert live_stack.make("-s", "sql", "QUERY=select 'é €' as letters").stdout == "letters\né €\n"
    assert "nothing to publish" in live_stack.make("run", "SYMBOLS=IBM").stdout
    said = live_stack.make("dbt-test", "SELECT=mart_latest_week").stdout
    assert re.search(r"\d+ checks: \d+ passed", said), said


def test_what_another_user_makes_is_that_users_alone(live_stack: Stack) -> None:
    owner = live_stack.home.stat().st_uid
    if owner == os.geteuid():
        pytest.skip("another user takes root and the right to mount")
    processes = live_stack.session_processes()
    made = [*live_stack.home.rglob("*")]

    assert len(processes) > 8
    assert {process.uids().real for process in processes} == {owner}
    assert len(made) > 100
    assert [path for path in made if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    assert [path for path in Path("/tmp").iterdir() if path.lstat().st_uid == owner] == []


def printed_by_up(live_stack: Stack) -> str:
    return (live_stack.home.parents[2] / "up.txt").read_text()


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
