"""`make docker-test`: the stack built, started, run, restarted, upgraded and removed on a real container engine.

The tests tell one story in the order of this file; `-x` ends it where it breaks. Nothing is left behind either way.
"""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from include.local_stack.credentials import GENERATORS
from tests.containers.engine import ENGINE, IMAGE, Containers, found_in_image

pytestmark = pytest.mark.slow("builds the image, and starts the containers three times")
ONE_SHOTS = {"db-migration", "migrate"}
LARGEST_STACK_MB = 4_096
WEEKS = "select count(*), count(distinct symbol), max(load_timestamp) from gold.fact_adjusted_prices"
SPLIT_WEEK = """
    select round(weekly_return_pct::numeric, 2) from gold.fact_adjusted_prices
    where symbol = 'AAPL' and week_ending = '2000-06-23'
"""
REBUILD_SECONDS = 20
http = httpx.Client(timeout=60, trust_env=False)
PAUSE_SECONDS = 3  # asking for the memory takes two seconds of one core
# What a newer version of the project would bring along.
NEXT_MIGRATION = '''"""A table that a test adds."""

from alembic import op

revision = "9999"
down_revision = "{newest}"


def upgrade() -> None:
    """Add a table."""
    op.execute("create table ops.of_the_next_version (id int)")
'''
FIRST_PAGE = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("dashboards/app.py", default_timeout=180).run()
print(*(shown.value for shown in [*app.title, *app.subheader, *app.markdown, *app.caption]))
sys.exit("; ".join(error.message for error in app.exception) or 0)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Containers]:
    containers = Containers.of_a_copy(tmp_path_factory.mktemp("stocklake"))
    containers.make("docker-secrets")
    containers.remove()  # of an earlier test that was killed
    try:
        yield containers
    finally:
        if request.session.testsfailed:
            say(containers.compose("ps", "--all"))
            say(containers.compose("logs", "--no-color", "--tail", "40"))
        containers.remove()


def say(line: str) -> None:
    """Print a line of the report beside pytest's own."""
    sys.stdout.write(f"\n    {line}")
    sys.stdout.flush()


def test_the_image_builds(stack: Containers) -> None:
    seconds = timed(lambda: stack.make("docker-build"))

    size = int(stack.call(ENGINE, "image", "inspect", "--format", "{{.Size}}", IMAGE).stdout)
    say(f"built in {seconds:.1f} s, {size / 1e6:,.0f} MB\n")


def test_a_change_in_dags_rebuilds_in_seconds(stack: Containers) -> None:
    dag = stack.folder / "dags" / "replay_bronze.py"
    dag.write_text(dag.read_text() + "\n# a change\n")

    seconds = timed(lambda: stack.make("docker-build"))

    say(f"rebuilt in {seconds:.1f} s\n")
    assert seconds < REBUILD_SECONDS


def test_no_secret_is_in_any_layer(stack: Containers) -> None:
    assert (stack.folder / ".env").exists()
    assert len(stack.secrets) == len(GENERATORS)

    # Lines of the first and the last layer of ours are found: the search sees what the layers hold.
    planted = {name: longest_line(stack.folder / name) for name in ("requirements.lock", "dags/replay_bronze.py")}
    assert found_in_image(IMAGE, stack.secrets | planted) == set(planted)


def test_everything_starts_and_is_healthy(stack: Containers) -> None:
    seconds = timed(lambda: stack.make("docker-up"))

    say(f"healthy after {seconds:.0f} s\n")
    assert_all_healthy(stack)


def test_no_process_is_root(stack: Containers) -> None:
    running = {service: container for service, container in stack.inspect().items() if service not in ONE_SHOTS}
    owners = {
        service: set(stack.call(ENGINE, "top", container["Id"], "-eo", "uid,pid").stdout.split()[2::2])
        for service, container in running.items()
    }

    assert [service for service, uids in owners.items() if not uids or "0" in uids] == []


def test_only_this_machine_reaches_the_ports(stack: Containers) -> None:
    bindings = [
        binding["HostIp"]
        for container in stack.inspect().values()
        for published in container["HostConfig"]["PortBindings"].values()
        for binding in published
    ]

    assert bindings == ["127.0.0.1"] * 4


def test_the_pipeline_fills_gold(stack: Containers) -> None:
    with ThreadPoolExecutor() as pool:
        began, run, peaks = time.monotonic(), pool.submit(stack.make, "docker-run"), [stack.memory()]
        while not run.done():
            time.sleep(PAUSE_SECONDS)
            peaks.append(stack.memory())
        printed = run.result()
    seconds, most = time.monotonic() - began, max(peaks, key=lambda memory: sum(memory.values()))

    say(f"run in {seconds:.0f} s; at most {sum(most.values()):,.0f} MiB: " + in_words(most) + "\n")
    prices = "5 tickers, 2,525 weeks and 12,154 days of prices"
    assert f"{prices} (2000-03-01 to 2013-03-01; sample market, 2000 to 2013)" in printed
    assert stack.dot_env["AIRFLOW_PORT"] in printed  # the links are for a browser on this machine
    assert stack.ask(WEEKS)[0][:2] == ["2525", "5"]
    assert stack.ask(SPLIT_WEEK) == [["13.37"]]
    assert stack.ask("select count(*) from pg_roles where rolname = 'airflow'") == [["0"]]  # it has a server of its own
    assert sum(most.values()) < LARGEST_STACK_MB


def test_nothing_ran_out_of_memory(stack: Containers) -> None:
    states = {service: container["State"] for service, container in stack.inspect().items()}
    say(f"at rest {sum(stack.memory().values()):,.0f} MiB: " + in_words(stack.memory()) + "\n")

    assert [service for service, state in states.items() if state["OOMKilled"]] == []
    assert [service for service, container in stack.inspect().items() if container["RestartCount"]] == []


def test_the_dashboard_shows_it(stack: Containers) -> None:
    assert http.get(stack.url("DASHBOARD_PORT", "/_stcore/health")).text == "ok"
    assert "<title>" in http.get(stack.url("DASHBOARD_PORT", "/")).raise_for_status().text

    assert "2013" in stack.compose("exec", "-T", "dashboard", "python", "-c", FIRST_PAGE)


def test_the_dashboard_cannot_write_the_warehouse(stack: Containers) -> None:
    told = stack.inspect()["dashboard"]["Config"]["Env"]

    values = {line.partition("=")[2] for line in told}
    hidden = (
        "STOCKLAKE_DB_PASSWORD",
        "ANALYST_DB_PASSWORD",
        "POSTGRES_ADMIN_PASSWORD",
        "AIRFLOW_FERNET_KEY",
        "AIRFLOW_ADMIN_PASSWORD",
    )
    assert values.isdisjoint(stack.secrets[name] for name in hidden)


def test_airflow_lets_only_the_admin_in_and_knows_its_connections(stack: Containers) -> None:
    password = stack.secrets["AIRFLOW_ADMIN_PASSWORD"]
    login = stack.url("AIRFLOW_PORT", "/auth/token")
    assert http.post(login, json={"username": "admin", "password": "admin"}).status_code == 401
    token = http.post(login, json={"username": "admin", "password": password}).json()["access_token"]

    listed = http.get(stack.url("AIRFLOW_PORT", "/api/v2/connections"), headers={"Authorization": f"Bearer {token}"})

    hosts = {found["connection_id"]: found["host"] for found in listed.json()["connections"]}
    assert hosts == {"stocks_dwh": "stocks_dwh_postgres", "bronze": None}


def test_down_and_up_find_the_data_again(stack: Containers) -> None:
    before = stack.ask(WEEKS)
    stack.make("docker-down")
    assert stack.compose("ps", "--all", "--quiet") == ""

    seconds = timed(lambda: stack.make("docker-up"))

    say(f"down and up again: healthy after {seconds:.0f} s\n")
    assert_all_healthy(stack)
    assert stack.ask(WEEKS) == before
    assert http.get(stack.url("DASHBOARD_PORT", "/_stcore/health")).text == "ok"
    assert "0 fetched" in stack.make("docker-run")  # bronze and the ledgers know that nothing can have changed
    logs = stack.compose("logs", "--no-color", "api-server", "postgres").splitlines()
    assert [line for line in logs if "INSERT INTO" in line] == []  # Airflow refused nothing as known


def test_a_newer_image_migrates_the_old_volume(stack: Containers) -> None:
    before = stack.ask(WEEKS)
    versions = stack.folder / "include" / "warehouse" / "migrations" / "versions"
    newest = max(file.name for file in versions.glob("[0-9]*.py"))[:4]
    (versions / "9999_of_the_next_version.py").write_text(NEXT_MIGRATION.format(newest=newest))

    stack.make("docker-up")

    assert_all_healthy(stack)
    assert stack.ask("select count(*) from ops.of_the_next_version") == [["0"]]
    assert stack.ask(WEEKS) == before


def assert_all_healthy(stack: Containers) -> None:
    states = {service: container["State"] for service, container in stack.inspect().items()}
    ended = {service: (state["Status"], state["ExitCode"]) for service, state in states.items() if service in ONE_SHOTS}
    health = {service: state["Health"]["Status"] for service, state in states.items() if service not in ONE_SHOTS}

    assert ended == dict.fromkeys(ONE_SHOTS, ("exited", 0))
    assert len(health) == 9
    assert set(health.values()) == {"healthy"}


def longest_line(file: Path) -> str:
    return max(file.read_text().splitlines(), key=len)


def timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def in_words(memory: dict[str, float]) -> str:
    return ", ".join(f"{service} {used:.0f}" for service, used in sorted(memory.items(), key=lambda item: -item[1]))
