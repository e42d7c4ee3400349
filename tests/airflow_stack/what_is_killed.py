"""`make test-stacks`: what is killed, or cannot write, comes back, the rest goes on, and `make status` says so."""

import contextlib
import re
import resource
import time

import psutil
import psycopg
import pytest

from include.local_stack.service import wait_until
from include.local_stack.stack_session import StackSession
from tests.airflow_stack.stack import EVERY_ROW, Stack, ended

pytestmark = pytest.mark.slow("waits for the pauses between starts and for Airflow's silence, and starts Airflow twice")
SECONDS = 90  # a start of Airflow's, on a busy machine
SOON = 150  # 30 s of silence and 10 s to the next look, and a busy machine; Airflow itself would look after 300 s
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
LOOK = "Adopting or resetting orphaned tasks"
NEWEST_SCHEDULER = "select max(id) from job where job_type = 'SchedulerJob'"
PLAN = (
    "select coalesce(task.state, '') from task_instance as task join dag_run as run using (dag_id, run_id)"
    " where dag_id = 'weekly_adjusted_prices' and task_id = 'plan' and run.state = 'running'"
)


def row_of(stack: Stack, title: str) -> list[str]:
    """State, process and starts of a service, as `make status` prints them."""
    (line,) = [line for line in stack.call("status").stdout.splitlines() if line.startswith(title)]
    return re.split(r"\s{2,}", line.removeprefix(title).strip())


def kill(stack: Stack, name: str) -> None:
    """Kill the process of a service, unless it is dead and not yet started again."""
    pid = stack.starts()[name]["pid"]
    if pid is not None and psutil.pid_exists(pid):
        psutil.Process(pid).kill()


def kill_airflow(stack: Stack) -> None:
    """Kill its services and all that they started, as one who kills their process group."""
    services = [psutil.Process(stack.starts()[name]["pid"]) for name in AIRFLOW]
    for process in [*services, *(child for service in services for child in service.children(recursive=True))]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def start_again_before_airflow_is_silent(stack: Stack) -> None:
    """Date the killed scheduler's heartbeats until the next one has looked for orphans: it may take long to start."""
    log = stack.home / "logs" / "scheduler.log"
    looks, (killed,) = log.read_text().count(LOOK), stack.ask_airflow(NEWEST_SCHEDULER)
    beat = f"update job set latest_heartbeat = now() where id = {killed} returning id"
    assert wait_until(lambda: stack.ask_airflow(beat) and log.read_text().count(LOOK) > looks, seconds=SOON)


def supervisor_of(stack: Stack) -> psutil.Process:
    session = StackSession.read(stack.home)
    assert session is not None
    assert session.is_supervised()
    return psutil.Process(session.pid)


def test_what_a_killed_airflow_left_queued_begins_again_soon_and_is_followed_to_its_end(stack: Stack) -> None:
    publications = "select count(*) from gold.publications"
    before = stack.query(EVERY_ROW), stack.bronze_objects(), stack.query(publications)
    for process in psutil.Process(stack.starts()["scheduler"]["pid"]).children():
        process.suspend()  # its workers: what they are handed stays queued
    first = stack.begin("run", "--force", "--symbols", "IBM,MSFT")
    assert wait_until(lambda: stack.ask_airflow(PLAN) == ["queued"], seconds=SECONDS)
    second = stack.begin("run", "--symbols", "IBM,MSFT")
    assert second.stdout is not None
    assert "weekly_adjusted_prices" in second.stdout.readline()  # it has been triggered
    # Read here, too: what came along with the line before, `communicate` does not see.
    assert "queued behind it" in second.stdout.readline()

    kill_airflow(stack)
    start_again_before_airflow_is_silent(stack)

    assert wait_until(lambda: stack.ask_airflow(PLAN)[0] in {"running", "success"}, seconds=SOON)
    said, said_second = ended(first).stdout, ended(second).stdout
    assert (first.returncode, second.returncode) == (0, 0), said + said_second
    assert "Airflow does not answer at the moment" in said
    assert "Airflow answers again." in said
    assert re.search(r"fetch +2 done", said)
    assert "nothing to publish" in said
    assert "nothing to publish" in said_second
    assert (stack.query(EVERY_ROW), stack.bronze_objects(), stack.query(publications)) == before
    assert stack.query(
        "select count(*) from ops.pipeline_runs as one join ops.pipeline_runs as other"
        " on one.pipeline = other.pipeline and one.execution_batch_id < other.execution_batch_id"
        " and one.started_at < other.finished_at and other.started_at < one.finished_at"
    ) == [["0"]]


def test_what_dies_is_started_again_and_told_meanwhile(stack: Stack) -> None:
    name, title = "dag-processor", "Airflow DAG processor"
    while stack.starts()[name]["deaths_in_a_row"] < 3:
        kill(stack, name)
        time.sleep(0.2)

    shown = stack.call("status").stdout

    assert f"{title}  keeps ending" in shown
    assert f"! {name} keeps ending: see {stack.home}/logs/{name}.log" in shown
    assert wait_until(lambda: stack.starts()[name]["pid"] is not None, seconds=SECONDS)


def test_the_supervisor_outlives_a_write_that_fails(stack: Stack) -> None:
    supervisor, before = supervisor_of(stack), stack.starts()
    supervisor.rlimit(resource.RLIMIT_FSIZE, (16, resource.RLIM_INFINITY))  # it can make no file longer than that
    try:
        kill(stack, "s3")
        time.sleep(1.5)  # it looks twice a second
        assert supervisor.is_running()
        assert stack.starts() == before  # it could not write down what it saw
        assert row_of(stack, "S3 server") == ["ended, starts again", str(before["s3"]["starts"])]
    finally:
        supervisor.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    assert wait_until(lambda: stack.starts()["s3"]["pid"] not in {before["s3"]["pid"], None}, seconds=SECONDS)
    kill(stack, "s3")  # the last one has the limit, too
    again = stack.starts()["s3"]["starts"] + 1
    assert wait_until(lambda: stack.starts()["s3"]["starts"] == again, seconds=SECONDS)
    assert supervisor.is_running()


def test_postgres_comes_back_under_a_run_though_a_session_does_not_see_that_it_was_killed(stack: Stack) -> None:
    postgres, running = stack.postgres, stack.begin("run", "--force", "--symbols", "IBM")
    assert wait_until(lambda: stack.ask_airflow(PLAN) in (["queued"], ["running"], ["success"]), seconds=SECONDS)
    with psycopg.connect(postgres.url()) as connection:
        connection.pgconn.send_query(b"do $$ begin loop end loop; end $$")
        session = psutil.Process(connection.info.backend_pid)
        assert wait_until(lambda: session.cpu_times().user > 0.1, seconds=SECONDS)
        (server,) = [process for process in postgres.processes() if process.pid == session.ppid()]
        server.kill()
        server.wait(SECONDS)
        assert wait_until(lambda: postgres.silence() == "", seconds=SECONDS)
        connection.close()

    assert session not in postgres.processes()
    assert row_of(stack, "Postgres") == ["answers"]
    said = (stack.home / "logs" / "supervisor.log").read_text()
    assert f"process {session.pid} (postgres: stocklake stocks_dwh" in said
    run = ended(running)
    assert run.returncode == 0, run.stdout


def test_up_takes_over_from_a_killed_supervisor(stack: Stack) -> None:
    supervisor_of(stack).kill()
    kill(stack, "dashboard")

    shown, refused = stack.call("status"), stack.call("run")
    came_up = stack.call("up")

    assert "Nothing runs" not in shown.stdout
    assert "! No supervisor: nothing that ends is started again" in shown.stdout
    assert "S3 server              answers" in shown.stdout
    assert "Dashboard              ended" in shown.stdout
    assert refused.returncode == 1
    assert "No supervisor watches the services" in refused.stdout
    assert came_up.returncode == 0, came_up.stdout
    assert re.search(r"✓ Settings and ports .* ended \d+ processes whose supervisor was gone", came_up.stdout)
    assert supervisor_of(stack).is_running()
    assert "!" not in stack.call("status").stdout
