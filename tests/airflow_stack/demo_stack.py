"""`make test-stacks`: `make demo` shows what it promises, beside its user's home, which it leaves alone."""

from collections.abc import Iterator

import psutil
import pytest

from include.commands.demo import PORT_OFFSET
from tests.airflow_stack.stack import Stack, environment_of

QUARANTINED = "select symbol, rule, ended_at is not null from ops.quarantines where place = 'payload'"
pytestmark = pytest.mark.slow("starts a stack, runs all pipelines four times and publishes gold after each")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of the demo; what the command printed is in `demo.txt` beside its home."""
    folder = tmp_path_factory.mktemp("shown")
    (folder / "tmp").mkdir()
    users = Stack(folder / "home", environment_of(folder / "home", folder / "tmp"))
    ended = users.call("demo")
    (folder / "home" / "demo.txt").write_text(ended.stdout)
    ports = {name: str(int(port) + PORT_OFFSET) for name, port in users.environment.items() if name.endswith("_PORT")}
    home = folder / "home" / "demo"
    try:
        assert ended.returncode == 0, ended.stdout
        yield Stack(home, users.environment | ports | {"STOCKLAKE_HOME": str(home)})
    finally:
        removed = users.call("demo", "--end")
    assert removed.returncode == 0, removed.stdout
    assert [path.name for path in (folder / "home").iterdir()] == ["demo.txt"]


def test_the_first_dividend_of_apple_restates_its_history(shown: Stack) -> None:
    # Of the raw prices nothing changed, of the adjusted ones every week before the dividend.
    restated = shown.query(
        "select cause, rows_changed > 600 from silver.restatements where symbol = 'AAPL' order by loaded_at limit 1"
    )

    assert restated == [["dividend", "t"]]


def test_a_quarantine_is_healed_by_the_next_payload(shown: Stack) -> None:
    assert shown.query(QUARANTINED) == [["IBM", "one_wild_value", "t"]]
    assert shown.query("select count(*) from gold.fact_adjusted_prices where close_price > 100000") == [["0"]]
    weeks = "select symbol, max(week_ending) from gold.fact_adjusted_prices group by 1 order by 1"
    newest = dict(shown.query(weeks))
    assert (newest["IBM"], newest["GOOG"]) == ("2013-03-01", "2013-02-22")


def test_what_failed_and_what_could_not_be_read_stays_to_be_seen(shown: Stack) -> None:
    failed = "select distinct symbol, status from ops.ticker_runs where status = 'failed' order by 1"
    assert shown.query(failed) == [["GOOG", "failed"], ["IBM", "failed"]]
    assert shown.query("select distinct symbol, field from silver.rejected_rows") == [["MSFT", ""]]


def test_it_ends_with_addresses_that_answer(shown: Stack) -> None:
    printed = " ".join((shown.home.parent / "demo.txt").read_text().split())

    assert printed.count(f"http://127.0.0.1:{shown.environment['DASHBOARD_PORT']}/") >= 3
    assert "your own stack is left alone." in printed
    listening = {found.laddr.port for each in shown.session_processes() for found in each.net_connections("tcp")}
    assert int(shown.environment["DASHBOARD_PORT"]) in listening
    assert isinstance(shown.session_processes()[0], psutil.Process)
