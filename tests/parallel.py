"""Tests in two processes: a pytest plugin that says which stay together, and prints a line for each module.

`make test` runs with `-n 2` (pytest-xdist); with `-n 0`, or without it, this plugin does nothing.
"""

import time
from dataclasses import dataclass

import pytest
from xdist import is_xdist_worker
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

SILENT_SECONDS = 20  # tests of the browser and of Airflow take minutes a module
ONE_STACK = "tests/airflow_stack"  # its modules share a running stack


class ByModule(LoadFileScheduling):
    """A process takes the next module when it has done one, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return ONE_STACK if nodeid.startswith(f"{ONE_STACK}/") else super()._split_scope(nodeid)


@dataclass
class Running:
    """A module in one of the processes, and what was reported of it."""

    module: str
    tests: int = 0
    seconds: float = 0.0


class ModuleLines:
    """A line for each module when its last test is done, and for each failure at once, in place of dots.

    Where no module ends for a while, the next test that does says how far its module is.
    """

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal
        self._running: dict[str, Running] = {}
        self._done = 0
        self._printed_at = time.monotonic()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remember the session, which knows how many tests there are once they are collected."""
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Count a test, and print no letter for it: the lines below say it."""
        if report.failed:
            return ("failed", "", "FAILED") if report.when == "call" else ("error", "", "ERROR")
        if report.skipped:
            return "skipped", "", "SKIPPED"
        return "passed" if report.when == "call" else "", "", ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a report to its module; the first of another module ends the one before."""
        worker, module = report.node.gateway.id, _module(report.nodeid)  # type: ignore[attr-defined] # xdist sets it
        running = self._running.get(worker)
        if running is None or running.module != module:
            self._print(running)
            running = self._running[worker] = Running(module)
        running.seconds += report.duration
        if report.when == "teardown":
            running.tests += 1
            self._done += 1
        if report.failed:
            self._terminal.write_line(f"FAILED  {report.nodeid}", red=True)
        if time.monotonic() - self._printed_at > SILENT_SECONDS:
            self._print(running, " so far")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Print the last modules."""
        for running in self._running.values():
            self._print(running)

    def _print(self, running: Running | None, so_far: str = "") -> None:
        if running is not None:
            self._printed_at = time.monotonic()
            share = 100 * self._done // self._session.testscollected
            took = f"{running.tests:>4} tests {running.seconds:>6.1f} s"
            self._terminal.write_line(f"[{share:>3}%] {took}  {running.module}{so_far}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Begin with the stack where two processes run: it waits half of its time, and the other modules fill that."""
    if is_xdist_worker(session):
        items.sort(key=lambda item: not item.nodeid.startswith(ONE_STACK))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    """Give each process whole modules, for these share what they build."""
    return ByModule(config, log)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep the order of the modules; print lines where tests run in other processes than this one."""
    config.option.loadscopereorder = False
    if config.option.numprocesses and not config.option.verbose:
        config.option.override_ini = [*(config.option.override_ini or ()), "console_output_style=none"]
        config.pluginmanager.register(ModuleLines(config.pluginmanager.getplugin("terminalreporter")))


def _module(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]
