"""`make test-stacks`: the disk of a running stack gets full in the middle of a run, and has room again later.

Meanwhile the commands name the disk, and nothing half-written is published. With room again the stack is whole without
a command, and the run goes on to its end.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from include.local_stack.child import SILENT_SECONDS
from include.local_stack.service import wait_until
from include.settings import PROJECT_ROOT
from tests.airflow_stack.stack import EVERY_ROW, Stack, ended, environment_of

SECONDS = 180  # for Airflow's start, which follows on a silence, and for what its run then still has to do
MEGABYTES = 1200
# The home and Postgres' files are on a disk of their own, which its programs alone see.
SMALL_DISK = """
set -e
mount -t tmpfs -o mode=755,size="$1"m small /mnt
mkdir /mnt/home /mnt/postgres
mkdir -p /var/lib/stocklake "$2"
mount --bind /mnt/postgres /var/lib/stocklake
mount --bind /mnt/home "$2"
echo mounted
exec sleep infinity
"""
pytestmark = pytest.mark.slow("waits until a service was silent for three minutes")


@dataclass(frozen=True)
class SmallDisk:
    """The disk of a stack."""

    stack: Stack

    def fill(self) -> None:
        """Leave no byte."""
        self._in_its_home("cat /dev/zero >>filler")

    def make_room(self) -> None:
        """Remove what filled it."""
        self._in_its_home("rm filler")

    def _in_its_home(self, script: str) -> None:
        command = [*self.stack.through, "sh", "-c", f"cd '{self.stack.home}' && {script}"]
        subprocess.run(command, check=False, capture_output=True)


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """A stack that runs on a disk of its own."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("nsenter"):
        pytest.skip("a disk of one's own takes root and the right to mount")
    folder = tmp_path_factory.mktemp("small")
    (folder / "tmp").mkdir()
    home = folder / "home"
    command = ["unshare", "--mount", "sh", "-c", SMALL_DISK, "sh", str(MEGABYTES), str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "mounted\n"
        through = ("nsenter", f"--mount=/proc/{holder.pid}/ns/mnt", f"--wdns={PROJECT_ROOT}")
        stack = Stack(home, environment_of(home, folder / "tmp", STOCK_SYMBOLS="IBM,MSFT"), through)
        try:
            came_up = stack.call("up")
            assert came_up.returncode == 0, came_up.stdout
            yield SmallDisk(stack)
        finally:
            stack.call("clean", "--force")
            holder.kill()


def test_a_disk_that_was_full_for_a_while_costs_nothing_but_time(small_disk: SmallDisk) -> None:
    stack = small_disk.stack
    rows, publications = stack.query(EVERY_ROW), stack.query("select count(*) from gold.publications")

    run = stack.begin("run", "--force")
    assert run.stdout is not None
    while "plan" not in run.stdout.readline():
        pass
    small_disk.fill()
    assert wait_until(lambda: "is full: less than 16 MB are free" in status(stack), seconds=SECONDS)
    refused = stack.call("run")
    # Whoever writes fails, and the scheduler with them: it writes what it does.
    assert wait_until(lambda: small_disk.fill() or "no sign of life from: scheduler" in status(stack), seconds=SECONDS)
    assert "Nothing runs" not in status(stack)
    small_disk.make_room()

    assert refused.returncode == 1
    assert "is full: less than 16 MB are free. Free some space, then call it again" in " ".join(refused.stdout.split())
    assert wait_until(lambda: "!" not in status(stack), seconds=SILENT_SECONDS + SECONDS), status(stack)
    assert "newest successful runs" in ended(run).stdout  # followed to its end, green or red
    assert stack.query(EVERY_ROW) == rows
    assert stack.query("select count(*) from gold.publications") == publications
    again = stack.call("run", "--force")
    assert again.returncode == 0, again.stdout


def status(stack: Stack) -> str:
    return " ".join(stack.call("status").stdout.split())
