"""What `make test` prints while it goes on."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from tests import parallel
from tests.parallel import SILENT_SECONDS, ModuleLines


@dataclass
class Terminal:
    """Keeps the lines."""

    lines: list[str] = field(default_factory=list)

    def write_line(self, line: str, **_: Any) -> None:
        self.lines.append(" ".join(line.split()))


def test_a_module_that_is_long_under_way_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(parallel.time, "monotonic", lambda: clock.now)
    terminal = Terminal()
    shown = ModuleLines(terminal)  # type: ignore[arg-type]
    shown.pytest_sessionstart(SimpleNamespace(testscollected=10))  # type: ignore[arg-type]

    for seconds, module in ((5, "browser"), (10, "browser"), (SILENT_SECONDS, "browser"), (1, "browser"), (1, "next")):
        clock.now += seconds
        shown.pytest_runtest_logreport(
            SimpleNamespace(  # type: ignore[arg-type]
                node=SimpleNamespace(gateway=SimpleNamespace(id="gw0")),
                nodeid=f"tests/test_{module}.py::test",
                when="teardown",
                duration=seconds,
                failed=False,
            )
        )

    assert terminal.lines == [
        "[ 30%] 3 tests 35.0 s tests/test_browser.py so far",
        "[ 40%] 4 tests 36.0 s tests/test_browser.py",
    ]
