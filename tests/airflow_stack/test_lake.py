"""A lake that refuses, or an object that is damaged, is a red task that says so; afterwards all is well."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from include.local_stack.ports import is_free
from include.local_stack.service import wait_until
from include.local_stack.stack_session import StackSession
from tests.airflow_stack.stack import EVERY_ROW, RED_TASKS, Stack
from tests.faulty_s3 import Fault, FaultyS3

pytestmark = pytest.mark.slow("runs three DAGs with Airflow, and starts the S3 server again")
SECONDS = 90


@contextmanager
def lake_that_says(stack: Stack, fault: Fault) -> Iterator[FaultyS3]:
    """Put another S3 where the stack's stood; with the block's end the supervisor starts that one again."""
    session, before = StackSession.read(stack.home), stack.starts()["s3"]
    assert session is not None
    port = int(stack.environment["S3_PORT"])
    supervisor, server = psutil.Process(session.pid), psutil.Process(before["pid"])
    supervisor.suspend()  # it would start the server again at once
    try:
        server.kill()
        assert wait_until(lambda: is_free(port), seconds=SECONDS)  # it is a zombie before its last thread lets go
        with FaultyS3(fault, port=port) as s3:
            yield s3
    finally:
        supervisor.resume()
    assert wait_until(lambda: stack.starts()["s3"]["starts"] > before["starts"], seconds=SECONDS)
    assert wait_until(lambda: "S3 server              answers" in stack.call("status").stdout, seconds=SECONDS)


def test_a_lake_that_refuses_is_named_by_the_red_task(stack: Stack) -> None:
    before = stack.query(EVERY_ROW), stack.bronze_objects()

    with lake_that_says(stack, (403, "AccessDenied")) as s3:
        ended = stack.call("run", "--symbols", "IBM", "--force")

    said = " ".join(ended.stdout.split())
    assert ended.returncode == 1
    assert f"S3 at {s3.url} does not allow" in said
    assert "(AccessDenied): the key of EMBEDDED_S3_ACCESS_KEY and EMBEDDED_S3_SECRET_KEY needs" in said
    assert "plan" in stack.ask_airflow(RED_TASKS.format("weekly_adjusted_prices"))
    assert "Signature=" not in said
    assert "Traceback" not in said
    assert (stack.query(EVERY_ROW), stack.bronze_objects()) == before


def test_an_object_that_is_damaged_is_named_by_the_red_task(stack: Stack) -> None:
    before = stack.query(EVERY_ROW)
    damaged = stack.home / max(key for key in stack.bronze_objects() if "WEEKLY_ADJUSTED/symbol=MSFT/" in key)
    content = damaged.read_bytes()
    damaged.write_bytes(content[:20])

    ended = stack.submit("replay_bronze", symbols="MSFT")
    red = stack.ask_airflow(RED_TASKS.format("replay_bronze"))
    damaged.write_bytes(content)
    again = stack.submit("replay_bronze", symbols="MSFT")

    said = " ".join(ended.stdout.split())
    assert ended.returncode == 1, said
    assert f"{damaged.name}: does not unpack" in said, said
    assert red == ["replay"]
    assert (again.returncode, stack.query(EVERY_ROW)) == (0, before), again.stdout
