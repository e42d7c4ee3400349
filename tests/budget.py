"""What the tests may take, and what they took: a pytest plugin that prints both, and names slow tests without a reason.

A budget is a measure for whoever adds a test. Above it nothing fails: a machine may have other things to do.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pytest

SLOW_SECONDS = 20
REASON = "slow because"


@dataclass(frozen=True)
class Group:
    """Folders of tests that share a budget."""

    name: str
    folders: frozenset[str]
    minutes: float


# In the order in which they run: what says the most in a minute comes first. Of two processes one begins with the stack
# (tests/parallel.py). Minutes on two cores.
GROUPS = (
    Group("unit", frozenset({"unit"}), 1),
    Group("figures computed a second time", frozenset({"reference"}), 1),
    Group("pages and browser", frozenset({"dashboards", "browser"}), 4),
    Group("HTTP and Postgres", frozenset({"integration"}), 4),
    Group("dbt", frozenset({"dbt"}), 4),
    Group("Airflow", frozenset({"dags", "airflow_stack"}), 6),
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that says why a test is slow."""
    config.addinivalue_line("markers", f"slow(reason): why a test, or its module, takes more than {SLOW_SECONDS} s")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the groups one after the other, each in the order in which it was collected."""
    places = {folder: place for place, group in enumerate(GROUPS) for folder in group.folders}
    items.sort(key=lambda item: places.get(_folder(item.nodeid), len(GROUPS)))
    for item in items:
        if (slow := item.get_closest_marker("slow")) is not None:
            item.user_properties.append((REASON, slow.args[0]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long tests of each group were at work, beside its budget."""
    unexplained = Counter[str]()
    reports = list(_reports(terminalreporter))
    for report in reports:
        if REASON not in dict(report.user_properties):
            unexplained[report.nodeid] += report.duration
    terminalreporter.section("time and budget")
    for group in GROUPS:
        if own := [report for report in reports if _folder(report.nodeid) in group.folders]:
            terminalreporter.write_line(_line(group, own))
    for nodeid, took in unexplained.most_common():
        if took > SLOW_SECONDS:
            terminalreporter.write_line(f"{took:.0f} s without a reason (pytest.mark.slow): {nodeid}")


def _line(group: Group, reports: list[pytest.TestReport]) -> str:
    minutes = _busy_seconds(reports) / 60
    tests = sum(report.when == "call" for report in reports)
    over = "  over budget" if minutes > group.minutes else ""
    return f"{group.name:<30}{tests:>6,} tests {minutes:>6.1f} of {group.minutes} min{over}"


def _busy_seconds(reports: list[pytest.TestReport]) -> float:
    # Two processes at once count once, and what they do for other groups in between does not count.
    busy, until = 0.0, 0.0
    for report in sorted(reports, key=lambda report: report.start):
        busy += max(report.stop - max(report.start, until), 0.0)
        until = max(until, report.stop)
    return busy


def _reports(terminalreporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    found = chain.from_iterable(terminalreporter.stats.values())
    return (report for report in found if isinstance(report, pytest.TestReport))


def _folder(nodeid: str) -> str:
    return nodeid.split("/")[1] if "/" in nodeid else ""
